//! What other partitions and peers see:
//! <https://developer.hashicorp.com/consul/docs/reference/config-entry/exported-services>.

entry! {
    /// What other partitions and peers see; its name is [`ExportedServices::NAME`].
    ExportedServices {
        /// The services.
        pub services: Vec<ExportedService>,
    }
}

impl ExportedServices {
    /// The only name that there is without Enterprise.
    pub const NAME: &str = "default";
}

part! {
    /// A service that others see.
    ExportedService {
        /// Its name, or `*` for all.
        pub name: String,
        /// Its namespace; Enterprise only.
        pub namespace: String,
        /// Who sees it.
        pub consumers: Vec<Consumer>,
    }
}

part! {
    /// Somebody who sees a service; one of these.
    Consumer {
        /// A partition; Enterprise only.
        pub partition: String,
        /// A peer.
        pub peer: String,
        /// A sameness group; Enterprise only.
        pub sameness_group: String,
    }
}
