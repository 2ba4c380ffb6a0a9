//! Data sources that `validate` asks itself. (AWS's are in the pipelines' tests: they need its stand-in.)

use crate::remote::Service;
use crate::support::{Folder, Ran};
use std::os::unix::fs::PermissionsExt;

/// Runs a configuration whose one build has the content `content`.
fn run(folder: &Folder, data: &str, content: &str, arguments: &[&str]) -> Ran {
    let build = "build { sources = [\"file.x\"] }\n";
    let source = format!("source \"file\" \"x\" {{\n  content = {content}\n  target  = \"t\"\n}}\n");
    folder.write("t.pkr.hcl", &format!("{data}\n{source}{build}"));
    folder.run(&[arguments, &["t.pkr.hcl"]].concat())
}

fn content(ran: &Ran) -> String {
    assert_eq!(ran.status, 0, "{}", ran.err);
    ran.records()[0]["builder"]["content"].as_str().unwrap().to_owned()
}

#[test]
fn http_gives_what_a_url_answers() {
    let service =
        Service::start(vec![("GET /version", 200, "1.2".into()), ("POST /image/1.2", 200, "debian".into())]);
    let url = service.url();
    let data = format!(
        r#"
locals {{
  url   = "{url}"
  image = "${{data.http.image.body}} ${{data.http.version.body}} ${{data.http.image.request_headers["Content-Length"]}}"
}}
data "http" "image" {{
  url             = "${{local.url}}/image/${{data.http.version.body}}"
  method          = "POST"
  request_headers = {{ "X-Token" = "secret" }}
  request_body    = "q"
}}
data "http" "version" {{ url = "${{local.url}}/version" }}
"#
    );
    let folder = Folder::with("{}");
    assert_eq!(content(&run(&folder, &data, "local.image", &[])), "debian 1.2 6");
    assert_eq!(service.count("x-token: secret"), 1);
    let without = run(&folder, &data, "local.image", &["--no-data"]);
    assert!(content(&without).starts_with("<data.http."), "{}", without.out);
    assert_eq!(service.count("GET /version HTTP/1.1"), 1);
    let null = "data \"null\" \"x\" { input = upper(\"a\") }";
    assert_eq!(content(&run(&folder, null, "data.null.x.output", &["--no-data"])), "A");
}

#[test]
fn mistakes_in_data_sources_are_told_at_their_place() {
    let service = Service::start(Vec::new());
    let folder = Folder::with("{}");
    let address = service.url().replace("http://", "");
    for (options, place, said) in [
        (format!("url = \"http://me:hidden@{address}/x\""), "1:6", "the answer is HTTP 404 Not Found"),
        ("url = \"https://x\"\n  method = \"FETCH\"".into(), "3:12", "there is no method 'FETCH' here"),
        ("url = \"https://x\"\n  body = \"\"".into(), "3:3", "data source 'http' has no option 'body'"),
        ("url = [\"https://x\"]".into(), "2:9", "this must be a text, not a list"),
        (String::new(), "1:6", "'url' is missing"),
        ("url = local.nobody".into(), "2:9", "there is no local value 'nobody'"),
        (
            "url = data.null.y.output\n}\ndata \"null\" \"y\" {\n  input = data.http.x.body".into(),
            "5:11",
            "these need one another: data.http.x → data.null.y → data.http.x",
        ),
    ] {
        let data = format!("data \"http\" \"x\" {{\n  {options}\n}}");
        let ran = run(&folder, &data, "data.http.x.body", &[]);
        assert_eq!((ran.status, ran.out.as_str()), (2, ""), "{options}");
        assert!(ran.err.contains(said) && ran.err.contains(&format!("t.pkr.hcl:{place}")), "{}", ran.err);
        assert!(ran.err.contains("validate: 1 error\n") && !ran.err.contains("hidden"), "{}", ran.err);
    }
    let git = run(&folder, "data \"git-commit\" \"x\" {}", "data.git-commit.x.hash", &[]);
    assert!(git.err.contains("this version cannot ask 'git-commit'"), "{}", git.err);
    let git = run(&folder, "data \"git-commit\" \"x\" {}", "data.git-commit.x.hash", &["--no-data"]);
    assert_eq!(content(&git), "<data.git-commit.x.hash>");
}

#[test]
fn a_key_pair_is_made_once() {
    let folder = Folder::with("{}");
    let both = "\"${data.sshkey.x.private_key_path}|${data.sshkey.x.public_key}\"";
    for (options, file, begins) in [
        ("type = \"ed25519\"", "ssh_private_key_packer_ed25519.pem", "ssh-ed25519 "),
        ("name = \"web\"", "ssh_private_key_web_rsa.pem", "ssh-rsa "),
    ] {
        let data = format!("data \"sshkey\" \"x\" {{ {options} }}");
        let first = content(&run(&folder, &data, both, &[]));
        let (path, public) = first.split_once('|').unwrap();
        assert!(path.ends_with(&format!(".cache/packer/{file}")), "{path}");
        assert!(public.starts_with(begins) && public.split(' ').count() == 3, "{public}");
        let mode = std::fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(content(&run(&folder, &data, both, &[])), first, "it is kept");
        std::fs::remove_file(format!("{path}.pub")).unwrap();
        assert_eq!(content(&run(&folder, &data, both, &[])), first, "the private key tells the public one");
    }
    let unique = "data \"sshkey\" \"x\" {\n  type  = \"ed25519\"\n  cache = \"unique\"\n}";
    let path = "data.sshkey.x.private_key_path";
    assert_ne!(content(&run(&folder, unique, path, &[])), content(&run(&folder, unique, path, &[])));
}
