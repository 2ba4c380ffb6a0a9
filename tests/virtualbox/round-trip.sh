#!/usr/bin/env bash
# round-trip.sh DRIVER: an appliance becomes an appliance with the driver `qemu`, or `vboxmanage`: the real VirtualBox from start to
# export, which interprets the guest where its kernel driver is missing (docs/testing.md). Then the result is looked at: the
# tar and its manifest, its disk, the real VirtualBox's import and export, and a machine of that, which shows the file that was put in.
set -euo pipefail
driver=${1:?qemu or vboxmanage}
. "$(dirname "$0")/common.sh"

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
