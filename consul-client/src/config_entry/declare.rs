//! How config entries are declared.
//!
//! A field that says nothing is not sent, since an older server refuses one that it does not know; after a field's
//! type, `as sent` marks those that a server always sends, and `as text` and `as nanos` the two forms of durations.

/// Declares a part of an entry.
macro_rules! part {
    ($(#[$meta:meta])* $name:ident { $($body:tt)* }) => {
        members! { part [$(#[$meta])*] $name [] [] $($body)* }
    };
}

/// Declares a kind of entry, with what all kinds have.
macro_rules! entry {
    ($(#[$meta:meta])* $name:ident { $($body:tt)* }) => {
        members! { entry [$(#[$meta])*] $name [
            /// Its name.
            #[serde(deserialize_with = "crate::wire::null::or_default")]
            pub name: String,
        ] [name] $($body)* }

        impl $name {
            /// An empty entry.
            pub fn new(name: impl Into<String>) -> Self {
                Self { name: name.into(), ..Self::default() }
            }
        }

        impl crate::config_entry::Entry for $name {
            const KIND: crate::config_entry::Kind = crate::config_entry::Kind::$name;

            fn name(&self) -> &str {
                &self.name
            }
        }
    };
}

/// Takes one field after the other from the start of its input and adds serde's attributes to it.
macro_rules! members {
    ($what:tt $head:tt $name:ident [$($done:tt)*] [$($names:ident)*]
        $(#[$meta:meta])* pub $field:ident: $ty:ty as sent, $($rest:tt)*) => {
        members! { $what $head $name [$($done)*
            $(#[$meta])*
            #[serde(deserialize_with = "crate::wire::null::or_default")]
            pub $field: $ty,] [$($names)* $field] $($rest)* }
    };
    ($what:tt $head:tt $name:ident [$($done:tt)*] [$($names:ident)*]
        $(#[$meta:meta])* pub $field:ident: $ty:ty as text, $($rest:tt)*) => {
        members! { $what $head $name [$($done)*
            $(#[$meta])*
            #[serde(with = "crate::wire::duration::go_text", skip_serializing_if = "Option::is_none")]
            pub $field: $ty,] [$($names)* $field] $($rest)* }
    };
    ($what:tt $head:tt $name:ident [$($done:tt)*] [$($names:ident)*]
        $(#[$meta:meta])* pub $field:ident: $ty:ty as nanos, $($rest:tt)*) => {
        members! { $what $head $name [$($done)*
            $(#[$meta])*
            #[serde(with = "crate::wire::duration::nanos", skip_serializing_if = "Option::is_none")]
            pub $field: $ty,] [$($names)* $field] $($rest)* }
    };
    ($what:tt $head:tt $name:ident [$($done:tt)*] [$($names:ident)*]
        $(#[$meta:meta])* pub $field:ident: $ty:ty, $($rest:tt)*) => {
        members! { $what $head $name [$($done)*
            $(#[$meta])*
            #[serde(
                deserialize_with = "crate::wire::null::or_default",
                skip_serializing_if = "crate::config_entry::declare::is_default"
            )]
            pub $field: $ty,] [$($names)* $field] $($rest)* }
    };
    (part [$($head:tt)*] $name:ident [$($done:tt)*] [$($names:ident)*]) => {
        $($head)*
        #[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "PascalCase", default)]
        #[non_exhaustive]
        pub struct $name {
            $($done)*
            /// What this version of the crate does not know, to be sent back as it came.
            #[serde(flatten)]
            pub extra: serde_json::Map<String, serde_json::Value>,
        }
    };
    (entry [$($head:tt)*] $name:ident [$($done:tt)*] [$($names:ident)*]) => {
        $($head)*
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "PascalCase", default)]
        #[non_exhaustive]
        pub struct $name {
            kind: crate::config_entry::Kind,
            $($done)*
            /// Its metadata.
            #[serde(
                deserialize_with = "crate::wire::null::or_default",
                skip_serializing_if = "crate::config_entry::declare::is_default"
            )]
            pub meta: std::collections::BTreeMap<String, String>,
            /// The namespace; Enterprise only.
            #[serde(
                deserialize_with = "crate::wire::null::or_default",
                skip_serializing_if = "crate::config_entry::declare::is_default"
            )]
            pub namespace: String,
            /// The partition; Enterprise only.
            #[serde(
                deserialize_with = "crate::wire::null::or_default",
                skip_serializing_if = "crate::config_entry::declare::is_default"
            )]
            pub partition: String,
            /// The server's sum of the content; never written.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub hash: Option<u64>,
            /// When it was made; never written.
            pub create_index: crate::meta::Index,
            /// When it was last written: the guard for [`Cas::At`](crate::Cas::At); never written itself.
            pub modify_index: crate::meta::Index,
            /// What this version of the crate does not know, to be sent back as it came.
            #[serde(flatten)]
            pub extra: serde_json::Map<String, serde_json::Value>,
        }

        impl Default for $name {
            fn default() -> Self {
                Self {
                    kind: crate::config_entry::Kind::$name,
                    $($names: Default::default(),)*
                    meta: Default::default(),
                    namespace: Default::default(),
                    partition: Default::default(),
                    hash: Default::default(),
                    create_index: Default::default(),
                    modify_index: Default::default(),
                    extra: Default::default(),
                }
            }
        }

        impl crate::config_entry::typed::sealed::Sealed for $name {}
    };
}

/// Lets enums of the wire stand in parts that have a default: it is the empty text.
macro_rules! empty_by_default {
    ($($name:ident),+ $(,)?) => { $(
        impl Default for $name {
            fn default() -> Self {
                Self::from("")
            }
        }
    )+ };
}

/// Whether a value says nothing.
pub(crate) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
