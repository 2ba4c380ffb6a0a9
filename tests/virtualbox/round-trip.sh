#!/usr/bin/env bash
# round-trip.sh DRIVER: an appliance becomes an appliance with the driver `qemu`, or `vboxmanage`: the real VirtualBox from start to
# export, which interprets the guest where its kernel driver is missing (docs/testing.md). Then the result is looked at: the
# tar and its manifest, its disk, the real VirtualBox's import and export, and a machine of that, which shows the file that was put in.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
testbed=${TESTBED_DIR:-$root/.testbed}
driver=${1:?qemu or vboxmanage}
guest=$testbed/guest
folder=$(mktemp -d "${TMPDIR:-/tmp}/kiln-round-trip-XXXXXX")
export XDG_STATE_HOME=$folder/state XDG_CACHE_HOME=$folder/cache VBOX_USER_HOME=$folder/virtualbox VBOX_IPC_SOCKETID=${folder##*/}
export PATH=${CARGO_TARGET_DIR:-$root/target}/debug:$testbed/virtualbox:$PATH
begun=$SECONDS

say() { printf '%4d s  %s\n' $((SECONDS - begun)) "$*" >&2; }
fail() { say "FAILED: $*"; exit 1; }

finish() {
    build-virtualbox sweep --all > /dev/null || true
    rm -rf "$folder"
}

# VirtualBox's own way of saying that something is wrong is a word on its standard error.
virtualbox() {
    VBoxManage "$@" > said.out 2> said.err || { cat said.err >&2; fail "VBoxManage $1"; }
    ! grep -i warning said.out said.err || fail "VBoxManage $1 warns"
}

# An appliance of VirtualBox's with the guest's disk. The cloud kernel starts sooner, and has no driver but virtio's for a network.
make_source() {
    if [ "$driver" = vboxmanage ]; then
        guest=$testbed/guest-cloud
        [ -e "$guest/disk.img" ] || GUEST_KERNEL=cloud "$root/tests/guest/make.sh" "$guest"
    fi
    VBoxManage setproperty machinefolder "$folder/machines"
    virtualbox convertfromraw "$guest/disk.img" source.vmdk --format VMDK --variant Stream
    virtualbox createvm --name source --ostype Debian_64 --register
    virtualbox modifyvm source --memory 256 --nic1 nat --nictype1 virtio
    virtualbox storagectl source --name IDE --add ide
    virtualbox storageattach source --storagectl IDE --port 0 --device 0 --type hdd --medium source.vmdk
    virtualbox export source --output source.ova
    virtualbox unregistervm source --delete
}

# template NAME SOURCE COMMAND: a machine of an appliance, in which a command is run.
template() {
    jq -n --arg driver "$driver" --arg key "$guest/key" --arg name "$1" --arg source "$2" --arg command "$3" '{
        builders: [{
            type: "virtualbox-ovf", driver: $driver, vm_name: $name, source_path: $source, output_directory: $name, format: "ova",
            export_opts: ["--manifest", "--ovf20"], guest_additions_mode: "disable", headless: true,
            ssh_username: "root", ssh_private_key_file: $key, ssh_timeout: "60m", shutdown_command: "poweroff", shutdown_timeout: "20m"
        }],
        provisioners: [{ type: "shell", inline: [$command] }]
    }' > "$1.json"
}

# The names in the archive, and its manifest, which is of SHA-256 in OVF 2.0.
look_at_the_archive() {
    tar -tf result/result.ova | sort > names
    printf 'result-disk001.vmdk\nresult.mf\nresult.ovf\n' | cmp - names || fail "other files in the archive: $(cat names)"
    mkdir unpacked
    tar -xf result/result.ova -C unpacked
    sed -n 's/^SHA256 *(\(.*\)) *= *\([0-9a-f]*\)$/\2  \1/p' unpacked/result.mf > unpacked/sums
    [ "$(wc -l < unpacked/sums)" = 2 ] || fail "the manifest names other files"
    (cd unpacked && sha256sum --quiet -c sums)
    qemu-img info -f vmdk unpacked/result-disk001.vmdk | grep -q streamOptimized
}

trap finish EXIT
cd "$folder"
make_source
say "the source is made; a machine of it is changed ($driver)"
template result source.ova 'echo "made by Kiln" > /root/made'
validate result.json | build-virtualbox | provision | postprocess > built.jsonl
[ "$(jq -r .status built.jsonl)" = built ] || fail "the build is not built"
say "built: $(du -h --apparent-size result/result.ova | cut -f 1)B"
look_at_the_archive
say "tar, sha256sum and qemu-img agree"
virtualbox import result/result.ova --vsys 0 --vmname back
virtualbox export back --output back.ova
virtualbox unregistervm back --delete
tar -xf back.ova back-disk001.vmdk
qemu-img compare -q -f vmdk -F vmdk unpacked/result-disk001.vmdk back-disk001.vmdk || fail "the disk is another one after import and export"
say "VirtualBox imports it without a warning, and exports the same disk"
driver=qemu template again back.ova 'test "$(cat /root/made)" = "made by Kiln"'
validate again.json | build-virtualbox | provision > again.jsonl
[ "$(jq -r .status again.jsonl)" = built ] || fail "a machine of the export does not have the file"
say "a machine of that export starts in QEMU and has the file"
[ -z "$(VBoxManage list vms)$(VBoxManage list hdds)" ] || fail "something is left in VirtualBox"
[ -z "$(build-virtualbox sweep)$(find . -name '.kiln-*')" ] || fail "something is left of the builds"
