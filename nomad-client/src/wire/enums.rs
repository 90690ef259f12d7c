//! Text enums which keep what they do not know.

/// Declares an enum of known texts that also keeps any other text, so that a newer server breaks nothing.
macro_rules! wire_enum {
    ($(#[$meta:meta])* $vis:vis $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        $vis enum $name {
            $($(#[$variant_meta])* $variant,)+
            /// A text that this version of the crate does not know.
            Other(Box<str>),
        }

        impl $name {
            /// The text as it stands on the wire.
            $vis fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)+
                    Self::Other(text) => text,
                }
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                match text {
                    $($text => Self::$variant,)+
                    other => Self::Other(other.into()),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                Ok(Self::from(text.as_ref()))
            }
        }
    };
}

#[cfg(test)]
mod tests {
    wire_enum! {
        /// A colour.
        pub(super) Colour {
            /// Red.
            Red = "red",
            /// None at all.
            Nothing = "",
        }
    }

    #[test]
    fn every_text_survives() {
        for text in ["red", "", "blue", "RED"] {
            let json = serde_json::to_string(text).unwrap();
            let colour: Colour = serde_json::from_str(&json).unwrap();
            assert_eq!(serde_json::to_string(&colour).unwrap(), json);
        }
        assert_eq!(Colour::from("red"), Colour::Red);
        assert_eq!(Colour::from("RED"), Colour::Other("RED".into()));
    }
}
