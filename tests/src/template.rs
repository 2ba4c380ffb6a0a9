//! Templates for tests.

use serde_json::{Value, json};

/// The stand-in's newest Debian in us-east-1 (`standin/images.py`).
pub const BASE: &str = "ami-199ee8041b8525e5f";

/// An amazon-ebs builder from the stand-in's Debian, with more options beside or instead of the usual ones.
pub fn builder(name: &str, more: &Value) -> Value {
    let mut builder = json!({
        "name": name,
        "type": "amazon-ebs",
        "region": "us-east-1",
        "source_ami": BASE,
        "instance_type": "t3.micro",
        "ssh_username": "admin",
        "ami_name": format!("{name}-image"),
    });
    if let (Some(builder), Some(more)) = (builder.as_object_mut(), more.as_object()) {
        builder.extend(more.clone());
    }
    builder
}

/// A shell provisioner with these lines.
pub fn shell(lines: &[&str]) -> Value {
    json!({"type": "shell", "inline": lines})
}

/// A template.
pub fn template(builders: &[Value], provisioners: &[Value], post_processors: &[Value]) -> String {
    json!({"builders": builders, "provisioners": provisioners, "post-processors": post_processors})
        .to_string()
}

/// One build named `web` whose provisioner leaves `/etc/made` on the machine.
pub fn web() -> String {
    template(&[builder("web", &json!({}))], &[shell(&["echo made | sudo tee /etc/made"])], &[])
}
