//! Descriptors that are wrong, or mean harm: an error each, with the line, and nothing else happens.

use image::ovf;

const GOOD: &str = include_str!("../../fixtures/vmware.ovf");

fn error(text: &str) -> String {
    ovf::read(text).expect_err("the descriptor is refused").message
}

#[test]
fn each_is_refused_with_its_line() {
    let cases = [
        (
            r#"href="photon-disk1.vmdk""#,
            r#"href="../../etc/passwd""#,
            "line 5: file name '../../etc/passwd' leads out",
        ),
        (r#"href="photon-disk1.vmdk""#, r#"href="/etc/passwd""#, "line 5: file name '/etc/passwd' leads out"),
        (r#"href="photon-disk1.vmdk""#, r#"href="a/../../b""#, "line 5: file name 'a/../../b' leads out"),
        (r#"href="photon-disk1.vmdk""#, r#"href="..\b""#, "leads out"),
        (r#"href="photon-disk1.vmdk""#, r#"href="C:b""#, "leads out"),
        (r#"href="photon-disk1.vmdk""#, r#"href="a&#10;b""#, r"file name 'a\nb' leads out"),
        (r#"href="photon-disk1.vmdk""#, r#"href="""#, "line 5: '' is not the name of a file"),
        (
            r#"href="photon-disk1.vmdk""#,
            r#"href="http://x/y.vmdk""#,
            "line 5: 'http://x/y.vmdk' is not the name of a file",
        ),
        (
            r#"o:size="1234567""#,
            r#"o:compression="gzip""#,
            "line 5: file 'photon-disk1.vmdk' is compressed by 'gzip'",
        ),
        (r#"o:size="1234567""#, r#"o:chunkSize="7""#, "line 5: file 'photon-disk1.vmdk' is in chunks"),
        (r#"o:size="1234567""#, r#"o:size="-1""#, "line 5: attribute 'size' of <File> is '-1', not a number"),
        (
            r#"capacity="16""#,
            r#"capacity="99999999999999""#,
            "line 10: a capacity of 99999999999999 'byte * 2^30' makes no sense",
        ),
        (r#"capacity="16""#, r#"capacity="${disk}""#, "line 10: attribute 'capacity' of <Disk> is '${disk}'"),
        ("byte * 2^30", "byte * 2^99999", "makes no sense"),
        ("byte * 2^30", "furlong", "line 10: a capacity of 16 'furlong' makes no sense"),
        (r#"diskId="vmdisk2""#, r#"diskId="vmdisk1""#, "line 11: there are two disks with the id 'vmdisk1'"),
        (
            r#"fileRef="file2""#,
            r#"fileRef="file9""#,
            "line 11: disk 'vmdisk2' is in the file with the id 'file9'",
        ),
        ("/disk/vmdisk2", "/disk/other", "attaches disk 'other', which is not in its <DiskSection>"),
        ("/disk/vmdisk2", "/disk/vmdisk1", "attaches disk 'vmdisk1' twice"),
        ("/disk/vmdisk2", "/file/file2", "the disk's HostResource is '/file/file2'"),
        ("<r:Parent>3</r:Parent>", "<r:Parent>77</r:Parent>", "the disk's Parent is not a disk controller"),
        (
            "<r:AddressOnParent>1</",
            "<r:AddressOnParent>4294967295</",
            "a disk controller has no port 4294967295",
        ),
        ("<r:VirtualQuantity>4</", "<r:VirtualQuantity>999999999</", "999999999 processors make no sense"),
        (
            "<r:VirtualQuantity>4</",
            "<r:VirtualQuantity>many</",
            "VirtualQuantity of the hardware item is 'many'",
        ),
        ("<r:VirtualQuantity>2048</", "<r:VirtualQuantity>18446744073709551615</", "makes no sense"),
        ("<r:ResourceType>6</", "<r:ResourceType>x</", "ResourceType of the hardware item is 'x'"),
        (
            "envelope/1",
            "envelope/9",
            "unknown version of OVF: namespace 'http://schemas.dmtf.org/ovf/envelope/9'",
        ),
        ("</o:References>", "</o:Reference>", "this is not XML"),
        ("2048MB", "&nothing;", "unknown entity '&nothing;'"),
        ("<o:References>", "<o:VirtualSystem/><o:References>", "describes 2 machines"),
        ("</o:Envelope>", "</o:Envelope><x/>", "there is a second root element"),
    ];
    for (from, to, message) in cases {
        assert!(GOOD.contains(from), "{from}");
        let found = error(&GOOD.replacen(from, to, 1));
        assert!(found.contains(message), "{from} -> {to}: {found}");
    }
}

#[test]
fn entities_are_not_expanded() {
    let bomb = "<?xml version=\"1.0\"?>\n<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]>\n<Envelope>&b;</Envelope>";
    assert_eq!(
        error(bomb),
        "OVF descriptor, line 2: a document type definition is not allowed in a descriptor"
    );
}

#[test]
fn depth_number_and_size_are_bounded() {
    assert!(error(&"<a>".repeat(1_000_000)).contains("nested more than 64 deep"));
    assert!(error(&format!("<a>{}</a>", "<b/>".repeat(60_000))).contains("more than 50000 elements"));
    assert!(error(&" ".repeat(9 << 20)).contains("9437184 bytes long"));
    assert_eq!(error(""), "the OVF descriptor is empty");
    assert!(error(&GOOD[..2000]).contains("cut short") || error(&GOOD[..2000]).contains("not XML"));
}
