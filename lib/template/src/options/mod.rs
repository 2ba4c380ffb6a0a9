//! Options as Rust types: one type each, from which come the check in `validate`, what the tools read, and the schema.
//!
//! A component's options stand flat in one JSON object, but many components share groups of them (every
//! builder has a communicator's). So a component is a struct of [`Group`]s, made by [`option_set!`](crate::option_set); a
//! group is an ordinary serde struct with `#[serde(default)]`, whose doc comments are the reference.

pub mod builder;
pub mod communicator;
pub mod data_source;
pub mod gaps;
pub mod post_processor;
pub mod provisioner;
pub mod registry;
pub mod shell_local;
pub mod weak;

mod check;
mod fields;
mod paths;
mod words;

pub use check::{Check, Finding};
pub use fields::fields_of;

use record::Failure;
use schemars::{JsonSchema, SchemaGenerator};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// Options that belong together: a struct with named fields, all of them with defaults.
pub trait Group: Serialize + DeserializeOwned + JsonSchema + Default {}

impl<T: Serialize + DeserializeOwned + JsonSchema + Default> Group for T {}

/// Reads groups out of one object: weakly typed from a template, or strictly from a record.
pub trait Decoder {
    /// What a wrong option gives.
    type Error;

    /// Reads the fields of one group and leaves the others alone.
    ///
    /// # Errors
    /// When a field is not of its type.
    fn group<G: Group>(&mut self) -> Result<G, Self::Error>;
}

/// All options of a component: one or more groups, flat in one object. Implemented by [`option_set!`](crate::option_set).
pub trait OptionSet: Sized {
    /// Names of all options.
    fn fields() -> Vec<&'static str>;

    /// The JSON Schema of each option, with its text and its default.
    fn properties(generator: &mut SchemaGenerator) -> Map<String, Value>;

    /// Reads all groups.
    ///
    /// # Errors
    /// When a field is not of its type.
    fn decode<D: Decoder>(decoder: &mut D) -> Result<Self, D::Error>;

    /// Writes all options into one object.
    fn encode(&self) -> Map<String, Value>;
}

/// A builder, provisioner, post-processor: its name, its options and the rules between them.
pub trait Component: OptionSet {
    /// The `type` in templates: `amazon-ebs`.
    const TYPE: &'static str;

    /// Whether a tool of this version runs it. A build with one that nothing runs yet is planned with a warning, and
    /// refused before a machine exists ([`gaps`]).
    const RUNS: bool = true;

    /// Options that are rendered while a build runs, and the dot variables that are known then. All others are
    /// rendered by `validate`. `option.name` is an option within the objects of another.
    const DEFERRED: &'static [(&'static str, &'static [&'static str])] = &[];

    /// Functions that only this component's templates have: `clean_resource_name`.
    const FUNCTIONS: &'static [&'static str] = &[];

    /// Fills in defaults that depend on other options, and checks what types alone can't say. Called once by `validate`.
    fn check(&mut self, check: &mut Check);
}

/// Makes a struct of groups an [`OptionSet`]. A set that others share stands behind `with`.
///
/// ```ignore
/// option_set! {
///     /// Options of `amazon-ebs`.
///     pub struct AmazonEbs { pub access: Access, pub ami: Ami, pub run: Run }
/// }
/// option_set! {
///     /// Options of `vmware-iso`.
///     pub struct VMwareIso { pub iso: Iso, pub vm: Vm } with { pub base: Base }
/// }
/// ```
///
/// `pub struct AmazonChroot without ["fast_launch"], { … }` leaves out options of its groups that it does not have.
#[macro_export]
macro_rules! option_set {
    (
        $(#[$meta:meta])*
        pub struct $name:ident $(without $without:expr,)? { $($(#[$field_meta:meta])* pub $field:ident: $group:ty),+ $(,)? }
        $(with { $(#[$set_meta:meta])* pub $set:ident: $options:ty $(,)? })?
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Default)]
        pub struct $name { $($(#[$field_meta])* pub $field: $group,)+ $($(#[$set_meta])* pub $set: $options)? }

        impl $crate::options::OptionSet for $name {
            fn fields() -> Vec<&'static str> {
                let mut fields = Vec::new();
                $(fields.extend_from_slice($crate::options::fields_of::<$group>());)+
                $(fields.extend(<$options as $crate::options::OptionSet>::fields());)?
                $(fields.retain(|field| !$without.contains(field));)?
                fields
            }

            fn properties(
                generator: &mut schemars::SchemaGenerator,
            ) -> serde_json::Map<String, serde_json::Value> {
                let mut properties = serde_json::Map::new();
                $(properties.extend($crate::options::properties_of::<$group>(generator));)+
                $(properties.extend(<$options as $crate::options::OptionSet>::properties(generator));)?
                let fields = <Self as $crate::options::OptionSet>::fields();
                properties.retain(|name, _| fields.contains(&name.as_str()));
                properties
            }

            fn decode<D: $crate::options::Decoder>(decoder: &mut D) -> Result<Self, D::Error> {
                Ok(Self { $($field: decoder.group()?,)+ $($set: <$options>::decode(decoder)?)? })
            }

            fn encode(&self) -> serde_json::Map<String, serde_json::Value> {
                let mut object = serde_json::Map::new();
                $($crate::options::encode_group(&self.$field, &mut object);)+
                $(object.extend(self.$set.encode());)?
                object
            }
        }
    };
}

/// The JSON Schema of each field of one group.
pub fn properties_of<G: Group>(generator: &mut SchemaGenerator) -> Map<String, Value> {
    let mut schema = G::json_schema(generator).to_value();
    match schema.get_mut("properties").map(Value::take) {
        Some(Value::Object(properties)) => properties,
        _ => Map::new(),
    }
}

/// Writes one group's fields into the object of all options. Those that are not set are left out: null, and empty
/// text, lists, maps, zero and false where that is the default.
pub fn encode_group<G: Group>(group: &G, object: &mut Map<String, Value>) {
    let (Ok(Value::Object(fields)), Ok(Value::Object(defaults))) =
        (serde_json::to_value(group), serde_json::to_value(G::default()))
    else {
        return;
    };
    let is_set = |name: &str, value: &Value| {
        !is_nothing(value) || defaults.get(name).is_some_and(|default| default != value)
    };
    object.extend(fields.into_iter().filter(|(name, value)| !value.is_null() && is_set(name, value)));
}

/// Whether a value says nothing where nothing is the default.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Bool(true) => false,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty() || text == "0s",
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
    }
}

/// Reads a component's options from a record, where `validate` has checked them already.
///
/// # Errors
/// When an option is not of its type: somebody has edited the record.
pub fn read<T: OptionSet>(object: &Map<String, Value>) -> Result<T, Failure> {
    T::decode(&mut Strict { object })
}

/// Reads a component's options from a record.
struct Strict<'a> {
    object: &'a Map<String, Value>,
}

impl Decoder for Strict<'_> {
    type Error = Failure;

    fn group<G: Group>(&mut self) -> Result<G, Failure> {
        let known = fields_of::<G>();
        let fields = self.object.iter().filter(|(key, _)| known.contains(&key.as_str()));
        let object: Map<String, Value> = fields.map(|(key, value)| (key.clone(), value.clone())).collect();
        serde_json::from_value(Value::Object(object)).map_err(|error| {
            Failure::new(format!("an option in the record is not as it should be: {error}"))
                .hint("options in a record are typed: 'validate' prints them in the right form")
        })
    }
}
