//! Options of the image that the machine starts from.

use crate::options::Check;
use crate::source::Code;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// The image that the machine starts from.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Iso {
    /// Where the image is: a URL (`https:`, `http:`, `file:`) or a path. It or `iso_urls` is required.
    pub iso_url: String,
    /// Several places where the image is; they are tried in order.
    pub iso_urls: Vec<String>,
    /// The image's checksum: hexadecimal digits, with `md5:`, `sha1:`, `sha256:` or `sha512:` before them where the
    /// length shall not decide; `file:` and the URL or path of a file of checksums; or `none`. Required.
    pub iso_checksum: String,
    /// Where the image is kept; a path without extension is a folder. Default: the cache.
    pub iso_target_path: String,
    /// The extension of the image in the cache. Default: `iso`.
    pub iso_target_extension: String,
}

impl Iso {
    /// Checks all, and fills in defaults.
    pub fn check(&mut self, check: &mut Check) {
        self.check_urls(check);
        // What an old 'iso_checksum_type' of 'none' comes to.
        if self.iso_checksum.to_lowercase().starts_with("none:") {
            "none".clone_into(&mut self.iso_checksum);
        }
        check_checksum("iso_checksum", &self.iso_checksum, check);
        if self.iso_target_extension.is_empty() {
            self.iso_target_extension = "iso".to_owned();
        }
        self.iso_target_extension = self.iso_target_extension.to_lowercase();
        self.iso_urls.retain(|url| !url.is_empty());
    }

    /// All places where the image is, in the order in which they are tried. Empty ones are left out: templates list a path and a
    /// URL, of which one is set.
    pub fn urls(&self) -> Vec<String> {
        self.places().into_iter().map(|(_, url)| url.to_owned()).collect()
    }

    /// The same, each with the option that names it.
    fn places(&self) -> Vec<(String, &str)> {
        if !self.iso_url.is_empty() {
            return vec![("iso_url".to_owned(), &self.iso_url)];
        }
        let urls = self.iso_urls.iter().enumerate().filter(|(_, url)| !url.is_empty());
        urls.map(|(index, url)| (format!("iso_urls[{index}]"), url.as_str())).collect()
    }

    fn check_urls(&self, check: &mut Check) {
        let places = self.places();
        if places.is_empty() {
            let option = if self.iso_urls.is_empty() { "iso_url" } else { "iso_urls" };
            check
                .missing(option, "the image to start from is missing")
                .hint("set iso_url to its URL or path, or iso_urls to several");
        }
        if !self.iso_url.is_empty() && !self.iso_urls.is_empty() {
            check.error("iso_urls", "iso_url and iso_urls exclude each other").hint("keep one of them");
        }
        let mut missing = Vec::new();
        for (option, url) in &places {
            if let Some((scheme, _)) = url.split_once("://")
                && !["http", "https", "file"].contains(&scheme)
            {
                check
                    .error(option, format!("images are not fetched by '{scheme}:' URLs"))
                    .hint("known are https:, http: and file:, and paths");
            }
            let path = url.strip_prefix("file://").unwrap_or(url);
            if !path.contains("://") && !Path::new(path).exists() {
                missing.push((option, url));
            }
        }
        if missing.len() == places.len() {
            for (option, url) in missing {
                check.warning(option, format!("there is no file '{url}'")).code(Code::MissingFile).hint(
                    "paths count from the folder in which validate runs; {{template_dir}} gives the template's",
                );
            }
        }
    }
}

/// Sorts of checksums and how many hexadecimal digits they have.
const SORTS: [(&str, usize); 4] = [("md5", 32), ("sha1", 40), ("sha256", 64), ("sha512", 128)];

/// Checks the form of a checksum option: `iso_checksum`, or `checksum` of `virtualbox-ovf`. Nothing is fetched.
pub fn check_checksum(path: &str, checksum: &str, check: &mut Check) {
    let forms =
        "give the digits with their sort (\"sha256:…\"), \"file:URL\" of a file of checksums, or \"none\"";
    if checksum.is_empty() {
        check.missing(path, "the checksum is missing").hint(forms);
        return;
    }
    if checksum.eq_ignore_ascii_case("none") {
        check
            .warning(path, "the image is not verified: its checksum is 'none'")
            .hint("an image that is not verified may be broken, or another's");
        return;
    }
    let (sort, digits) = match checksum.split_once(':') {
        Some((sort, rest)) if sort.eq_ignore_ascii_case("file") => {
            if rest.is_empty() {
                check.error(path, "the file of checksums is not named").hint(forms);
            }
            return;
        }
        Some((sort, digits)) => (Some(sort.to_lowercase()), digits),
        None => (None, checksum),
    };
    let wanted = match &sort {
        None => None,
        Some(sort) => match SORTS.iter().find(|(name, _)| name == sort) {
            Some((_, digits)) => Some(*digits),
            None => {
                check
                    .error(path, format!("'{sort}' is not a sort of checksum"))
                    .hint("known are: md5, sha1, sha256, sha512, file, none");
                return;
            }
        },
    };
    if let Some(wrong) = digits.chars().find(|digit| !digit.is_ascii_hexdigit()) {
        check.error(path, format!("'{wrong}' is not a hexadecimal digit")).hint(forms);
        return;
    }
    match wanted {
        Some(wanted) if wanted != digits.len() => {
            let sort = sort.unwrap_or_default();
            // Packer looks at the digits only: a value that is given for the build may be right.
            let message = format!("{} digits are no {sort} checksum, which has {wanted}", digits.len());
            let half = digits.len() % 2 == 1;
            if half {
                check.error(path, message)
            } else {
                check.warning(path, message)
            };
        }
        None if SORTS.iter().all(|(_, length)| *length != digits.len()) => {
            check
                .error(path, format!("a checksum of {} digits is of no sort known", digits.len()))
                .hint("md5 has 32, sha1 40, sha256 64, sha512 128");
        }
        _ => {}
    }
}
