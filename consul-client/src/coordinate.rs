//! Where nodes are in the network, measured in the time that messages take: <https://developer.hashicorp.com/consul/api-docs/coordinate>.

use std::time::Duration;

use crate::client::Client;
use crate::error::Result;
use crate::meta::Answer;
use crate::options::ReadOptions;
use crate::transport::Request;
use crate::watch::Watch;

object! {
    /// A place in the network.
    Coordinate {
        /// Its place in a space that has nothing to do with the real one, in seconds.
        pub vec: Vec<f64>,
        /// How sure it is: the less, the surer.
        pub error: f64,
        /// What is added to all distances, in seconds.
        pub adjustment: f64,
        /// How far it is from that space, in seconds: its own connection.
        pub height: f64,
    }
}

impl Coordinate {
    /// How long a message takes from here to there and back, as it is guessed; none between spaces of other kinds.
    pub fn distance(&self, other: &Self) -> Option<Duration> {
        if self.vec.len() != other.vec.len() {
            return None;
        }
        let squares = self.vec.iter().zip(&other.vec).map(|(here, there)| (here - there).powi(2));
        let plain = squares.sum::<f64>().sqrt() + self.height + other.height;
        let adjusted = plain + self.adjustment + other.adjustment;
        Duration::try_from_secs_f64(if adjusted > 0.0 { adjusted } else { plain }).ok()
    }
}

object! {
    /// Where a node is.
    NodeCoordinate {
        /// The node.
        pub node: String,
        /// The network segment; Enterprise.
        pub segment: String,
        /// The partition; Enterprise.
        pub partition: String,
        /// The place.
        pub coord: Coordinate,
    }
}

impl NodeCoordinate {
    /// A place to be written.
    pub fn new(node: impl Into<String>, coord: Coordinate) -> Self {
        Self { node: node.into(), coord, ..Self::default() }
    }
}

object! {
    /// Where the servers of a datacenter are.
    DatacenterCoordinates {
        /// The datacenter.
        pub datacenter: String,
        /// The network that joins it to others: `wan`, but for Enterprise.
        #[serde(rename = "AreaID")]
        pub area_id: String,
        /// Its servers.
        pub coordinates: Vec<NodeCoordinate>,
    }
}

/// Options of [`Coordinates::nodes_with`] and [`Coordinates::node_with`].
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ListOptions {
    segment: Option<String>,
    read: ReadOptions,
}

impl ListOptions {
    /// The defaults: all network segments.
    pub fn new() -> Self {
        Self::default()
    }

    /// Only this network segment; Enterprise.
    #[must_use]
    pub fn with_segment(mut self, segment: impl Into<String>) -> Self {
        self.segment = Some(segment.into());
        self
    }

    /// How it is read.
    #[must_use]
    pub fn with_read(mut self, read: ReadOptions) -> Self {
        self.read = read;
        self
    }

    fn apply(&self, request: Request) -> Request {
        self.read.apply(request.query_if("segment", self.segment.as_ref()))
    }
}

/// Handle made by [`Client::coordinates`].
#[derive(Clone, Debug)]
pub struct Coordinates {
    client: Client,
}

impl Coordinates {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Lists where the servers of all datacenters are, as the servers that are asked see it.
    /// `GET /v1/coordinate/datacenters`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/coordinate#read-wan-coordinates)); needs no token.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// for datacenter in consul.coordinates().datacenters().await? {
    ///     println!("{}: {} servers", datacenter.datacenter, datacenter.coordinates.len());
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Reason::Disabled`](crate::Reason::Disabled) where the agent's `disable_coordinates` is on.
    pub async fn datacenters(&self) -> Result<Vec<DatacenterCoordinates>> {
        self.client.list("/v1/coordinate/datacenters", []).await
    }

    /// Lists where the nodes of the datacenter are. `GET /v1/coordinate/nodes`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/coordinate#read-lan-coordinates-for-all-nodes)); needs
    /// `node:read`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// let nodes = consul.coordinates().nodes().await?;
    /// for pair in nodes.windows(2) {
    ///     println!("{} - {}: {:?}", pair[0].node, pair[1].node, pair[0].coord.distance(&pair[1].coord));
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`Coordinates::datacenters`], and [`Error::is_denied`](crate::Error::is_denied) when the token is not known;
    /// nodes without `node:read` are left out.
    pub async fn nodes(&self) -> Result<Vec<NodeCoordinate>> {
        Ok(self.nodes_with(&ListOptions::new()).await?.value)
    }

    /// As [`Coordinates::nodes`], with options and the index to wait on.
    ///
    /// # Errors
    /// As [`Coordinates::nodes`].
    pub async fn nodes_with(&self, options: &ListOptions) -> Result<Answer<Vec<NodeCoordinate>>> {
        self.client.answer_or_none(options.apply(Request::get("/v1/coordinate/nodes", [])?)).await
    }

    /// Watches where the nodes are, as [`Coordinates::nodes_with`] reads it.
    ///
    /// # Errors
    /// An item may be an error as those of [`Coordinates::nodes`]; the watch goes on after it.
    pub fn watch_nodes(&self, options: &ListOptions) -> Watch<Vec<NodeCoordinate>> {
        let subject = (self.clone(), options.clone());
        Watch::new(subject, &options.read, |(coordinates, options), read| {
            Box::pin(async move { coordinates.nodes_with(&options.clone().with_read(read)).await })
        })
    }

    /// Reads where a node is, in each network segment; nothing while that is not known.
    /// `GET /v1/coordinate/node/:node`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/coordinate#read-lan-coordinates-for-a-node)); needs
    /// `node:read`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// let places = consul.coordinates().node("web-1").await?;
    /// println!("{:?}", places.first().map(|place| &place.coord.vec));
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`Coordinates::datacenters`], and [`Error::is_denied`](crate::Error::is_denied) without `node:read`.
    pub async fn node(&self, node: &str) -> Result<Vec<NodeCoordinate>> {
        Ok(self.node_with(node, &ListOptions::new()).await?.value)
    }

    /// As [`Coordinates::node`], with options and the index to wait on.
    ///
    /// # Errors
    /// As [`Coordinates::node`].
    pub async fn node_with(&self, node: &str, options: &ListOptions) -> Result<Answer<Vec<NodeCoordinate>>> {
        let request = options.apply(Request::get("/v1/coordinate/node/:node", [node])?);
        let found: Answer<Option<Vec<NodeCoordinate>>> = self.client.answer_if_found(request).await?;
        Ok(found.map(Option::unwrap_or_default))
    }

    /// Says where a node without an agent is. It is seen some seconds later, and not at all for a node that does not
    /// exist. `PUT /v1/coordinate/update`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/coordinate#update-lan-coordinates-for-a-node)); needs
    /// `node:write`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// use consul_client::coordinate::NodeCoordinate;
    ///
    /// let coordinates = consul.coordinates();
    /// if let Some(beside) = coordinates.node("web-1").await?.pop() {
    ///     coordinates.update(&NodeCoordinate::new("printer-7", beside.coord)).await?;
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`Coordinates::datacenters`], and [`Error::is_denied`](crate::Error::is_denied) without `node:write`. The
    /// server refuses a place in a space of another kind.
    pub async fn update(&self, place: &NodeCoordinate) -> Result<()> {
        self.client.execute(Request::put("/v1/coordinate/update", [])?.json(place)?.idempotent()).await
    }
}

#[cfg(test)]
mod tests {
    use super::Coordinate;
    use crate::object::tests::lossless;
    use std::time::Duration;

    #[test]
    fn a_distance_has_four_parts() {
        let place = |text: &str| lossless::<Coordinate>(text);
        let here = place(r#"{"Vec":[0.0,0.0],"Error":1.5,"Adjustment":0.001,"Height":0.002}"#);
        let there = place(r#"{"Vec":[0.003,0.004],"Error":0.1,"Adjustment":-0.002,"Height":0.001}"#);
        assert_eq!(here.distance(&there), Some(Duration::from_millis(7)));
        assert_eq!(there.distance(&here), here.distance(&there));
        let near = place(r#"{"Vec":[0.0,0.0],"Error":0.1,"Adjustment":-0.01,"Height":0.001}"#);
        assert_eq!(here.distance(&near), Some(Duration::from_millis(3)), "an adjustment never makes it negative");
        assert_eq!(here.distance(&place(r#"{"Vec":[0.0],"Error":0.0,"Adjustment":0.0,"Height":0.0}"#)), None);
    }
}
