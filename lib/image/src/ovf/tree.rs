//! A descriptor as a tree of elements, with names resolved and lines noted. Hostile documents end here: no entities
//! are expanded, and size, depth and number of elements are bounded.

use crate::Error;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::ResolveResult;
use quick_xml::reader::NsReader;

/// Largest descriptor that is read, in bytes. Real ones take some 10 KiB, with long licences some 100.
pub(super) const LARGEST: usize = 8 << 20;
/// Deepest nesting. Real descriptors are 10 deep.
const DEEPEST: usize = 64;
/// Most elements.
const MOST: usize = 50_000;

/// An element.
#[derive(Debug, Default)]
pub(super) struct Element {
    /// Namespace URI; empty where there is none.
    pub(super) namespace: String,
    /// Name without prefix.
    pub(super) name: String,
    /// Attributes: namespace URI (empty where there is none), name without prefix, value.
    attributes: Vec<(String, String, String)>,
    /// Elements inside.
    pub(super) children: Vec<Element>,
    /// The text directly inside, without blanks around it.
    pub(super) text: String,
    /// Line of its start tag, counted from 1.
    pub(super) line: usize,
}

impl Element {
    /// An attribute's value, by its name without prefix: OVF's attributes are written with and without.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(_, own, _)| own == name).map(|(_, _, value)| value.as_str())
    }

    /// An attribute's value, by namespace and name.
    pub(super) fn attribute_in(&self, namespace: &str, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|(space, own, _)| space == namespace && own == name)
            .map(|(_, _, value)| value.as_str())
    }

    /// An attribute that must be there.
    pub(super) fn required(&self, name: &str) -> Result<&str, Error> {
        self.attribute(name).ok_or_else(|| self.error(&format!("<{}> has no attribute '{name}'", self.name)))
    }

    /// The first element of that name inside.
    pub(super) fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }

    /// All elements of that name inside.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The text of the first element of that name inside, where it isn't empty.
    pub(super) fn text_of(&self, name: &str) -> Option<&str> {
        self.child(name).map(|child| child.text.as_str()).filter(|text| !text.is_empty())
    }

    /// An error that names the element's line.
    pub(super) fn error(&self, message: &str) -> Error {
        at(self.line, message)
    }
}

fn at(line: usize, message: &str) -> Error {
    Error::new(format!("OVF descriptor, line {line}: {message}"))
}

/// Counts lines up to a position that only grows.
struct Lines<'a> {
    text: &'a str,
    position: usize,
    line: usize,
}

impl Lines<'_> {
    fn at(&mut self, position: u64) -> usize {
        let position = usize::try_from(position).unwrap_or(usize::MAX).min(self.text.len());
        if position > self.position {
            let between = &self.text.as_bytes()[self.position..position];
            self.line += between.iter().filter(|&&byte| byte == b'\n').count();
            self.position = position;
        }
        self.line
    }
}

/// Reads a document into a tree and gives its root.
pub(super) fn parse(text: &str) -> Result<Element, Error> {
    if text.len() > LARGEST {
        return Err(Error::new(format!(
            "the OVF descriptor is {} bytes long; more than {LARGEST} are not read",
            text.len()
        )));
    }
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = NsReader::from_str(text);
    let mut lines = Lines { text, position: 0, line: 1 };
    let mut open: Vec<Element> = Vec::new();
    let mut count = 0;
    let mut root = None;
    loop {
        // Where the event begins; the blanks before it are an event of their own.
        let line = lines.at(reader.buffer_position());
        let event = reader.read_event().map_err(|error| at(line, &format!("this is not XML: {error}")))?;
        match event {
            Event::Start(ref start) | Event::Empty(ref start) => {
                count += 1;
                if count > MOST {
                    return Err(at(line, &format!("there are more than {MOST} elements")));
                }
                if open.len() >= DEEPEST {
                    return Err(at(line, &format!("elements are nested more than {DEEPEST} deep")));
                }
                let element = element(&reader, start, line)?;
                if matches!(event, Event::Start(_)) {
                    open.push(element);
                } else {
                    place(element, &mut open, &mut root)?;
                }
            }
            Event::End(_) => {
                if let Some(mut element) = open.pop() {
                    element.text = element.text.trim().to_owned();
                    place(element, &mut open, &mut root)?;
                }
            }
            Event::Text(text) => append(&mut open, &text.xml10_content()),
            Event::CData(text) => append(&mut open, &text.xml10_content()),
            Event::GeneralRef(reference) => {
                let c = reference
                    .resolve_char_ref()
                    .map_err(|error| at(line, &format!("wrong character reference: {error}")))?;
                match (c, &*reference.xml10_content()) {
                    (Some(c), _) => append(&mut open, c.encode_utf8(&mut [0; 4])),
                    (None, "lt") => append(&mut open, "<"),
                    (None, "gt") => append(&mut open, ">"),
                    (None, "amp") => append(&mut open, "&"),
                    (None, "apos") => append(&mut open, "'"),
                    (None, "quot") => append(&mut open, "\""),
                    (None, name) => return Err(at(line, &format!("unknown entity '&{name};'"))),
                }
            }
            Event::DocType(_) => {
                return Err(at(line, "a document type definition is not allowed in a descriptor"));
            }
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
            Event::Eof if !open.is_empty() => {
                return Err(at(line, "the document ends in the middle of an element: the file is cut short"));
            }
            Event::Eof => break,
        }
    }
    root.ok_or_else(|| Error::new("the OVF descriptor is empty"))
}

fn append(open: &mut [Element], text: &str) {
    if let Some(element) = open.last_mut() {
        element.text.push_str(text);
    }
}

fn place(element: Element, open: &mut [Element], root: &mut Option<Element>) -> Result<(), Error> {
    match (open.last_mut(), &root) {
        (Some(parent), _) => parent.children.push(element),
        (None, None) => *root = Some(element),
        (None, Some(_)) => return Err(element.error("there is a second root element")),
    }
    Ok(())
}

fn element(reader: &NsReader<&[u8]>, start: &BytesStart<'_>, line: usize) -> Result<Element, Error> {
    let resolver = reader.resolver();
    let (namespace, name) = resolver.resolve_element(start.name());
    let mut element =
        Element { namespace: uri(&namespace), name: name.as_ref().to_owned(), line, ..Element::default() };
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| at(line, &format!("wrong attribute: {error}")))?;
        if attribute.key.as_namespace_binding().is_some() {
            continue;
        }
        let (namespace, name) = resolver.resolve_attribute(attribute.key);
        let value = attribute
            .normalized_value(quick_xml::XmlVersion::Implicit1_0)
            .map_err(|error| at(line, &format!("wrong attribute: {error}")))?;
        element.attributes.push((uri(&namespace), name.as_ref().to_owned(), value.into_owned()));
    }
    Ok(element)
}

fn uri(namespace: &ResolveResult<'_>) -> String {
    match namespace {
        ResolveResult::Bound(namespace) => namespace.as_ref().to_owned(),
        ResolveResult::Unbound | ResolveResult::Unknown(_) => String::new(),
    }
}
