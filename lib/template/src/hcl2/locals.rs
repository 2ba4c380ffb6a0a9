//! Local values and data sources, each as soon as what it needs is there.

use super::config::{Config, Local};
use super::data::{self, Ask};
use super::eval::Evaluator;
use super::names::{Names, Place};
use super::references;
use super::variables::note;
use crate::packer_json::{Word, circle};
use crate::source::{Code, Diagnostics, Source, Span};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;

/// A thing that has a value: a local or a data source, by where it stands in the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Item {
    Local(usize),
    Data(usize),
}

/// What an item needs: which, and where it says so.
type Needs = Vec<(usize, Span)>;

/// Puts all local values and data sources into `names`.
pub(super) fn resolve(
    source: &Arc<Source>,
    config: &Config,
    ask: &dyn Ask,
    names: &mut Names,
    secrets: &mut Vec<String>,
    diagnostics: &mut Diagnostics,
) {
    names.place = Place::Local;
    // Everything is there from the beginning, so that what is broken is not called unknown.
    for local in &config.locals {
        Rc::make_mut(&mut names.locals).insert(local.name.text.clone(), None);
    }
    for component in &config.data {
        Rc::make_mut(&mut names.data)
            .entry(component.kind.text.clone())
            .or_default()
            .insert(component.name.text.clone(), None);
    }
    let items: Vec<Item> =
        (0..config.locals.len()).map(Item::Local).chain((0..config.data.len()).map(Item::Data)).collect();
    let needs = needs(config);
    let mut left: Vec<usize> = needs.iter().map(|needs| needs.len()).collect();
    let mut wanted_by: Vec<Vec<usize>> = vec![Vec::new(); items.len()];
    for (item, needs) in needs.iter().enumerate() {
        for (need, _) in needs {
            wanted_by[*need].push(item);
        }
    }
    let mut ready: Vec<usize> = (0..items.len()).rev().filter(|item| left[*item] == 0).collect();
    while let Some(item) = ready.pop() {
        match items[item] {
            Item::Local(at) => local(source, &config.locals[at], names, secrets, diagnostics),
            Item::Data(at) => data::read(source, &config.data[at], ask, names, diagnostics),
        }
        for wanting in &wanted_by[item] {
            left[*wanting] -= 1;
            if left[*wanting] == 0 {
                ready.push(*wanting);
            }
        }
    }
    circles(source, config, &items, &needs, &left, diagnostics);
}

fn needs(config: &Config) -> Vec<Needs> {
    let mut known: HashMap<(String, String), usize> = HashMap::new();
    for (at, local) in config.locals.iter().enumerate() {
        known.insert((String::new(), local.name.text.clone()), at);
    }
    for (at, component) in config.data.iter().enumerate() {
        let key = (component.kind.text.clone(), component.name.text.clone());
        known.insert(key, config.locals.len() + at);
    }
    let gather = |needs: &mut Needs, root: &str, path: &[&str], span: Span| {
        let key = match (root, path) {
            ("local", [name, ..]) => (String::new(), (*name).to_owned()),
            ("data", [kind, name, ..]) => ((*kind).to_owned(), (*name).to_owned()),
            _ => return,
        };
        needs.extend(known.get(&key).map(|at| (*at, span)));
    };
    let mut all = Vec::new();
    for local in &config.locals {
        let mut needs = Vec::new();
        references::walk(&local.value, &mut |root, path, span| gather(&mut needs, root, path, span));
        all.push(each_once(needs));
    }
    for component in &config.data {
        let mut needs = Vec::new();
        references::walk_body(&component.body, &mut |root, path, span| gather(&mut needs, root, path, span));
        all.push(each_once(needs));
    }
    all
}

fn each_once(mut needs: Needs) -> Needs {
    let mut seen = HashSet::new();
    needs.retain(|(need, _)| seen.insert(*need));
    needs
}

fn local(
    source: &Arc<Source>,
    local: &Local,
    names: &mut Names,
    secrets: &mut Vec<String>,
    diagnostics: &mut Diagnostics,
) {
    let mut evaluator = Evaluator::new(names);
    let value = evaluator.value(&local.value).ok();
    note(source, evaluator.problems, diagnostics);
    if let (Some(value), true) = (&value, local.sensitive) {
        value.texts(secrets);
    }
    Rc::make_mut(&mut names.locals).insert(local.name.text.clone(), value);
}

/// Reports what waits for itself, each circle where it begins.
fn circles(
    source: &Arc<Source>,
    config: &Config,
    items: &[Item],
    needs: &[Needs],
    left: &[usize],
    diagnostics: &mut Diagnostics,
) {
    let word = |item: usize| -> (String, &Word) {
        match items[item] {
            Item::Local(at) => {
                let name = &config.locals[at].name;
                (format!("local.{}", name.text), name)
            }
            Item::Data(at) => {
                let component = &config.data[at];
                (format!("data.{}.{}", component.kind.text, component.name.text), &component.name)
            }
        }
    };
    let mut told = vec![false; items.len()];
    for start in (0..items.len()).filter(|item| left[*item] > 0) {
        let mut path = vec![start];
        let mut places = HashMap::from([(start, 0)]);
        let mut at = start;
        while !told[at] {
            // Only what waits can be part of a circle, and what waits needs something that waits.
            let Some((need, span)) = needs[at].iter().find(|(need, _)| left[*need] > 0) else { break };
            if let Some(begin) = places.get(need) {
                let names: Vec<String> = path[*begin..].iter().map(|item| word(*item).0).collect();
                let message = format!("these need one another: {} → {}", circle(&names), names[0]);
                diagnostics
                    .error(Code::CircularVariables, source, span.clone(), message)
                    .hint("give one of them a value of its own")
                    .other(word(*need).1.span.clone(), "the circle begins here");
                break;
            }
            places.insert(*need, path.len());
            path.push(*need);
            at = *need;
        }
        for item in path {
            told[item] = true;
        }
    }
}
