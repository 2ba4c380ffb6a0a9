#!/bin/sh
# vagrant-box.sh < built.jsonl: makes a Vagrant box of each machine for VirtualBox (.ova) and VMware (.vmx) among built records, BUILD.box.
#
#     validate web.json | build-vmware | build-virtualbox | provision | postprocess > built.jsonl
#     examples/vagrant-box.sh < built.jsonl
#     vagrant box add --name web virtualbox.box
#
# A box is a gzipped tar: metadata.json with the provider's name, a Vagrantfile, and the machine's files (its description is box.ovf for
# VirtualBox). The guest has to have what Vagrant logs in with: https://developer.hashicorp.com/vagrant/docs/boxes/base
set -eu
jq -r '.build as $build | .artifacts[]?.files[]?.path | select(test("\\.(ova|vmx)$")) | "\($build)\t\(.)"' |
    while IFS="$(printf '\t')" read -r build path; do
        box=$(mktemp -d)
        case $path in
            *.ova)
                provider=virtualbox
                tar -C "$box" -xf "$path"
                rm -f "$box"/*.mf
                mv "$box"/*.ovf "$box/box.ovf"
                # Vagrant gives each copy of the machine this address; in the image, Linux knows its adapter by it.
                mac=$(sed -n 's/.*<Adapter slot="0".* MACAddress="\([0-9A-F]*\)".*/\1/p' "$box/box.ovf")
                echo "Vagrant.configure('2') { |config| config.vm.base_mac = '$mac' }" > "$box/Vagrantfile"
                ;;
            *)
                provider=vmware_desktop
                cp "$(dirname "$path")"/* "$box"
                echo "Vagrant.configure('2') { |config| }" > "$box/Vagrantfile"
                ;;
        esac
        echo "{\"provider\":\"$provider\"}" > "$box/metadata.json"
        (cd "$box" && tar -czf box.new -- *)
        mv "$box/box.new" "$build.box"
        rm -rf "$box"
        echo "$build.box for $provider"
    done
