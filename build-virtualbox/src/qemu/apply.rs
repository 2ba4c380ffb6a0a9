//! What of the lists `vboxmanage` and `vboxmanage_post` has a meaning without VirtualBox.

use super::hardware::{chipset, firmware, nic};
use image::machine::Machine;
use record::Failure;

/// Applies the calls of all lists in order, and gives those that are left out, shortened for people.
pub(super) fn lists(machine: &mut Machine, lists: &[&Vec<Vec<String>>]) -> Result<Vec<String>, Failure> {
    let mut left = Vec::new();
    for call in lists.iter().flat_map(|list| list.iter()) {
        let words: Vec<&str> = call.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["modifyvm", _, options @ ..] => modify(machine, options, &mut left)?,
            [] => {}
            [first, ..] => left.push((*first).to_owned()),
        }
    }
    left.dedup();
    Ok(left)
}

/// Applies `modifyvm`'s options, which stand in pairs, or as `--name=value`.
fn modify(machine: &mut Machine, options: &[&str], left: &mut Vec<String>) -> Result<(), Failure> {
    let mut words = options.iter();
    while let Some(word) = words.next() {
        let (name, value) = match word.split_once('=') {
            Some((name, value)) => (name, value),
            None => (*word, words.next().copied().unwrap_or_default()),
        };
        let number = || {
            value.parse::<u32>().map_err(|_| {
                Failure::new(format!("vboxmanage: modifyvm {name}: '{value}' is not a number"))
                    .hint("such as [\"modifyvm\", \"{{.Name}}\", \"--memory\", \"2048\"]")
            })
        };
        let done = match name {
            "--memory" => {
                machine.memory = number()?.into();
                true
            }
            "--cpus" => {
                machine.cpus = number()?.max(1);
                true
            }
            "--ostype" | "--os-type" => {
                value.clone_into(&mut machine.os);
                true
            }
            "--firmware" => firmware(value).map(|firmware| machine.firmware = firmware).is_some(),
            "--chipset" => chipset(value).map(|chipset| machine.chipset = chipset).is_some(),
            "--nictype1" | "--nic-type1" => match (nic(value), machine.nics.first_mut()) {
                (Some(kind), Some(first)) => {
                    first.kind = kind;
                    true
                }
                _ => false,
            },
            // What the driver does anyway, or what no guest of QEMU's sees.
            "--nic1" => value == "nat",
            "--nat-localhostreachable1"
            | "--natlocalhostreachable1"
            | "--ioapic"
            | "--pae"
            | "--hwvirtex"
            | "--nestedpaging"
            | "--vtxvpid"
            | "--x86-long-mode" => true,
            _ => false,
        };
        if !done {
            left.push(format!("modifyvm {name}"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::lists;
    use crate::qemu::hardware::describe;
    use image::machine::{Chipset, Firmware, NicKind};
    use template::options::builder::virtualbox::{Devices, Disks, Hardware};

    fn list(calls: &[&[&str]]) -> Vec<Vec<String>> {
        calls.iter().map(|call| call.iter().map(|word| (*word).to_owned()).collect()).collect()
    }

    #[test]
    fn what_has_a_meaning_is_applied_and_the_rest_named() {
        let mut machine = describe("web", &Hardware::default(), &Disks::default(), &Devices::default(), 1);
        let calls = list(&[
            &["modifyvm", "{{.Name}}", "--memory", "2048", "--cpus=2", "--vram", "16"],
            &["modifyvm", "{{.Name}}", "--firmware", "efi", "--chipset", "ich9", "--nictype1", "virtio"],
            &["setextradata", "{{.Name}}", "a", "b"],
        ]);
        let left = lists(&mut machine, &[&calls]).unwrap();
        assert_eq!(left, ["modifyvm --vram", "setextradata"]);
        assert_eq!((machine.memory, machine.cpus), (2048, 2));
        assert_eq!((machine.firmware, machine.chipset), (Firmware::Efi, Chipset::Ich9));
        assert_eq!(machine.nics[0].kind, NicKind::Virtio);
        let failure = lists(&mut machine, &[&list(&[&["modifyvm", "n", "--memory", "much"]])]).unwrap_err();
        assert_eq!(failure.message, "vboxmanage: modifyvm --memory: 'much' is not a number");
    }
}
