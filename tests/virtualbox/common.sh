# What the scripts here share; it is sourced. They work in a folder of their own, with a VirtualBox of its own settings, and
# remove both in the end.
#
#   driver    qemu or vboxmanage: what builds
root=$(cd "$(dirname "$0")/../.." && pwd)
testbed=${TESTBED_DIR:-$root/.testbed}
guest=$testbed/guest
folder=$(mktemp -d "${TMPDIR:-/tmp}/kiln-virtualbox-XXXXXX")
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

trap finish EXIT
cd "$folder"
