//! Which proxy stands before a server, by the rules of the official clients.

use std::net::IpAddr;

use url::{Host, Url};

use crate::config::{ProxyAddress, Proxying};

/// The proxy through which this server is reached, if any.
pub(super) fn before<'a>(proxying: &'a Proxying, server: &Url) -> Option<&'a ProxyAddress> {
    match proxying {
        Proxying::Never => None,
        Proxying::Always(proxy) => Some(proxy),
        Proxying::Environment { http, https, except } => {
            let proxy = if server.scheme() == "https" { https } else { http };
            proxy.as_ref().filter(|_| !is_direct(server, except))
        }
    }
}

/// This machine itself, and what `NO_PROXY` lists.
fn is_direct(server: &Url, except: &str) -> bool {
    let Some(host) = server.host() else { return true };
    let address = match host {
        Host::Domain("localhost") => return true,
        Host::Domain(_) => None,
        Host::Ipv4(address) => Some(IpAddr::V4(address)),
        Host::Ipv6(address) => Some(IpAddr::V6(address)),
    };
    if address.is_some_and(|address| address.is_loopback()) {
        return true;
    }
    let name = server.host_str().unwrap_or_default().trim_matches(['[', ']']).to_ascii_lowercase();
    let port = server.port_or_known_default().unwrap_or_default();
    except.split(',').map(|rule| rule.trim().to_ascii_lowercase()).any(|rule| matches(&rule, &name, address, port))
}

/// One rule: `*`, an address, a network, or a name that stands for what is below it too; all but the first and the
/// third may have a port.
fn matches(rule: &str, name: &str, address: Option<IpAddr>, port: u16) -> bool {
    if rule == "*" {
        return true;
    }
    if let Some((network, bits)) = rule.split_once('/') {
        return address.is_some_and(|address| contains(network, bits, address));
    }
    let (rule, wanted) = with_port(rule);
    if rule.is_empty() || wanted.is_some_and(|wanted| wanted != port) {
        return false;
    }
    if let Ok(rule) = rule.trim_matches(['[', ']']).parse::<IpAddr>() {
        return address == Some(rule);
    }
    let below = |parent: &str| name.strip_suffix(parent).is_some_and(|rest| rest.ends_with('.'));
    match rule.trim_start_matches('*').strip_prefix('.') {
        Some(parent) => below(parent),
        None => name == rule || below(rule),
    }
}

fn with_port(rule: &str) -> (&str, Option<u16>) {
    match rule.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => match port.parse() {
            Ok(port) => (host, Some(port)),
            Err(_) => (rule, None),
        },
        _ => (rule, None),
    }
}

fn contains(network: &str, bits: &str, address: IpAddr) -> bool {
    let (Ok(network), Ok(bits)) = (network.parse::<IpAddr>(), bits.parse::<u32>()) else { return false };
    let same = |network: u128, address: u128, size: u32| {
        bits <= size && (bits == 0 || (network ^ address) >> (size - bits) == 0)
    };
    match (network, address) {
        (IpAddr::V4(network), IpAddr::V4(address)) => same(network.to_bits().into(), address.to_bits().into(), 32),
        (IpAddr::V6(network), IpAddr::V6(address)) => same(network.to_bits(), address.to_bits(), 128),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::{before, is_direct};
    use crate::config::{ProxyAddress, Proxying};

    #[test]
    fn exceptions_are_those_of_go() {
        let table = [
            ("http://localhost:8500", "", true),
            ("http://127.0.0.7", "", true),
            ("http://[::1]:1", "", true),
            ("http://consul.example", "", false),
            ("http://consul.example", "*", true),
            ("http://consul.example", "other, consul.example", true),
            ("http://consul.example", "example", true),
            ("http://consul.example", "xample", false),
            ("http://consul.example", ".example", true),
            ("http://consul.example", "*.example", true),
            ("http://example", ".example", false),
            ("http://CONSUL.example", "Consul.Example", true),
            ("http://consul.example:8500", "consul.example:8500", true),
            ("http://consul.example:8501", "consul.example:8500", false),
            ("https://consul.example", "consul.example:443", true),
            ("http://10.1.2.3", "10.0.0.0/8", true),
            ("http://11.1.2.3", "10.0.0.0/8", false),
            ("http://10.1.2.3", "10.1.2.3", true),
            ("http://10.1.2.3:80", "10.1.2.3:81", false),
            ("http://10.1.2.3", "0.0.0.0/0", true),
            ("http://10.1.2.3", "10.0.0.0/99,/,a/b,:,", false),
            ("http://[fd00::5]:8500", "fd00::/8", true),
            ("http://[fd00::5]:8500", "[fd00::5]:8500", true),
            ("http://[fd00::5]:8500", "fd00::5", true),
        ];
        for (server, except, direct) in table {
            assert_eq!(is_direct(&Url::parse(server).unwrap(), except), direct, "{server} {except}");
        }
    }

    #[test]
    fn the_scheme_of_the_server_chooses_the_proxy() {
        let proxy = |text| ProxyAddress::parse("p", text).unwrap();
        let environment =
            Proxying::Environment { http: Some(proxy("a:1")), https: Some(proxy("b:2")), except: "c".to_owned() };
        let found = |proxying: &Proxying, server| {
            before(proxying, &Url::parse(server).unwrap()).map(|proxy| proxy.place().to_owned())
        };
        assert_eq!(found(&environment, "http://d").as_deref(), Some("http://a:1"));
        assert_eq!(found(&environment, "https://d").as_deref(), Some("http://b:2"));
        assert_eq!(found(&environment, "https://c"), None);
        let always = Proxying::Always(proxy("http://user:pass@a:1/"));
        assert_eq!(found(&always, "http://127.0.0.1").as_deref(), Some("http://a:1"));
        assert_eq!(found(&Proxying::Never, "http://d"), None);
    }
}
