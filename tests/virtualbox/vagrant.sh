#!/usr/bin/env bash
# vagrant.sh: `vagrant up` of the box that examples/vagrant-box.sh makes of an OVA of ours, with Debian's package `vagrant`.
# VirtualBox has the machine, and does what Vagrant asks for; it boots in QEMU (VBoxManage-qemu). Vagrant 2.3.4 knows VirtualBox up to
# 7.0, so that is what it is told it has.
set -euo pipefail
driver=qemu
. "$(dirname "$0")/common.sh"

command -v vagrant > /dev/null || fail "vagrant is not installed: apt-get install --no-install-recommends vagrant (Debian 12, Ubuntu 22.04)"
make_source
template web source.ova 'echo "made by Kiln" > /root/made'
validate web.json | build-virtualbox | provision | postprocess > built.jsonl
"$root/examples/vagrant-box.sh" < built.jsonl
say "the box is made"

mkdir bin up
cat > bin/VBoxManage << END
#!/bin/sh
if [ "\$1" = --version ]; then echo 7.0.20r163906; else exec $testbed/virtualbox/VBoxManage-qemu "\$@"; fi
END
chmod 755 bin/VBoxManage
export PATH=$folder/bin:$PATH VAGRANT_HOME=$folder/vagrant VAGRANT_CHECKPOINT_DISABLE=1
install -m 600 "$guest/key" key
cd up
cat > Vagrantfile << END
Vagrant.configure("2") do |config|
  config.vm.box = "web"
  config.vm.guest = :linux
  config.vm.box_check_update = false
  config.vm.synced_folder ".", "/vagrant", disabled: true
  config.ssh.username = "root"
  config.ssh.private_key_path = "$folder/key"
  config.ssh.insert_key = false
end
END
trap 'vagrant destroy --force > /dev/null 2>&1 || true; finish' EXIT
vagrant box add --name web "$(ls "$folder"/*.box)" > log
vagrant up --provider virtualbox >> log || { cat log >&2; fail "vagrant up"; }
[ "$(vagrant ssh -c 'cat /root/made' < /dev/null | tr -d '\r')" = "made by Kiln" ] || fail "the machine does not have the file"
say "vagrant up: the machine runs and has the file"
vagrant destroy --force >> log
[ -z "$(VBoxManage list vms)" ] || fail "something is left in VirtualBox"
