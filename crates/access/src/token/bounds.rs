//! Where a token may be used: from which networks, and by pages of which origins.

use std::{fmt::Display, net::IpAddr};

use kernel::{Error, FieldErrors, Prefix, Result};

/// The most networks of a token.
const MOST_NETWORKS: usize = 50;
/// The most origins of a token.
const MOST_ORIGINS: usize = 20;

/// Where a token may be used. An empty list stands for everywhere.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bounds {
    networks: Vec<Prefix>,
    origins: Vec<String>,
}

impl Bounds {
    /// From what people write. All that is wrong goes to the errors.
    pub(super) fn parse(networks: &[String], origins: &[String], errors: &mut FieldErrors) -> Self {
        if networks.len() > MOST_NETWORKS {
            errors.push("allowed_networks", format!("must be at most {MOST_NETWORKS}"));
        }
        if origins.len() > MOST_ORIGINS {
            errors.push("allowed_origins", format!("must be at most {MOST_ORIGINS}"));
        }
        let mut bounds = Self::default();
        for (at, network) in networks.iter().take(MOST_NETWORKS).enumerate() {
            match parse_network(network) {
                Ok(prefix) => bounds.networks.push(prefix),
                Err(why) => errors.push(format!("allowed_networks[{at}]"), why),
            }
        }
        for (at, origin) in origins.iter().take(MOST_ORIGINS).enumerate() {
            match parse_origin(origin) {
                Some(origin) => bounds.origins.push(origin),
                None => errors.push(
                    format!("allowed_origins[{at}]"),
                    "must be an origin such as https://intranet.example.net, without a path",
                ),
            }
        }
        bounds
    }

    /// From the columns of the table.
    pub(super) fn stored(networks: Option<&str>, origins: Option<&str>) -> Result<Self> {
        let networks = networks.unwrap_or_default().split_whitespace();
        let networks = networks.map(|text| text.parse().map_err(Error::internal)).collect::<Result<_>>()?;
        Ok(Self { networks, origins: origins.unwrap_or_default().split_whitespace().map(str::to_owned).collect() })
    }

    /// The columns of the table.
    pub(super) fn to_stored(&self) -> [Option<String>; 2] {
        let joined = |texts: Vec<String>| (!texts.is_empty()).then(|| texts.join(" "));
        [joined(self.networks()), joined(self.origins.clone())]
    }

    /// The networks, as people write them.
    pub(super) fn networks(&self) -> Vec<String> {
        self.networks.iter().map(Prefix::to_string).collect()
    }

    /// The origins.
    pub(super) fn origins(&self) -> Vec<String> {
        self.origins.clone()
    }

    pub(crate) fn is_everywhere(&self) -> bool {
        self.networks.is_empty() && self.origins.is_empty()
    }

    /// Refuses a request that comes from elsewhere. Where nobody knows from where it comes, it does.
    pub(crate) fn check(&self, from: Option<IpAddr>, origin: Option<&str>) -> Result<()> {
        let address = from.map(|from| from.to_canonical());
        if !self.networks.is_empty() && !address.is_some_and(|address| self.has_network_of(address)) {
            let from = address.map_or_else(|| "here".to_owned(), |address| address.to_string());
            return Err(Error::forbidden(format!("This API token may not be used from {from}.")));
        }
        let known = |origin: &str| self.origins.iter().any(|allowed| allowed.eq_ignore_ascii_case(origin));
        if !self.origins.is_empty() && !origin.is_some_and(known) {
            return Err(Error::forbidden(
                "This API token is for pages of certain origins, and the request's header Origin names none of them.",
            ));
        }
        Ok(())
    }

    fn has_network_of(&self, address: IpAddr) -> bool {
        let host = Prefix::host(address);
        self.networks.iter().any(|network| network.contains(host))
    }
}

fn parse_network(text: &str) -> Result<Prefix, String> {
    let why = |error: &dyn Display| format!("must be a network such as 192.0.2.0/24: {error}");
    match text.trim().parse::<IpAddr>() {
        Ok(address) => Ok(Prefix::host(address)),
        Err(_) => text.trim().parse::<Prefix>().map_err(|error| why(&error)),
    }
}

/// Scheme, host and perhaps a port (RFC 6454), in lower case.
fn parse_origin(text: &str) -> Option<String> {
    const LONGEST: usize = 255;
    let text = text.trim().to_ascii_lowercase();
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"))?;
    let fits = |c: char| c.is_ascii_alphanumeric() || ".-:[]".contains(c);
    (!host.is_empty() && text.len() <= LONGEST && host.chars().all(fits)).then(|| text.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bounds(networks: &[&str], origins: &[&str]) -> Result<Bounds> {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let mut errors = FieldErrors::default();
        let bounds = Bounds::parse(&owned(networks), &owned(origins), &mut errors);
        errors.into_result().map(|()| bounds)
    }

    fn from(address: &str) -> IpAddr {
        address.parse().unwrap()
    }

    #[test]
    fn a_token_is_used_from_its_networks_only() {
        let bounds = bounds(&["192.0.2.0/24", "2001:db8::/32", "198.51.100.7"], &[]).unwrap();
        for address in ["192.0.2.200", "::ffff:192.0.2.1", "2001:db8::1", "198.51.100.7"] {
            assert!(bounds.check(Some(from(address)), None).is_ok(), "{address}");
        }
        for address in ["192.0.3.1", "198.51.100.8", "2001:db9::1"] {
            let refused = bounds.check(Some(from(address)), None).unwrap_err();
            assert!(matches!(refused, Error::Forbidden(_)) && refused.to_string().contains(address));
        }
        assert!(bounds.check(None, None).is_err(), "nobody knows from where");
    }

    #[test]
    fn a_token_is_used_by_pages_of_its_origins_only() {
        let bounds = bounds(&[], &["https://Intranet.example.net:8443"]).unwrap();
        assert!(bounds.check(None, Some("https://intranet.example.net:8443")).is_ok());
        for origin in
            [None, Some("null"), Some("https://intranet.example.net"), Some("http://intranet.example.net:8443")]
        {
            assert!(bounds.check(Some(from("192.0.2.1")), origin).is_err(), "{origin:?}");
        }
    }

    #[test]
    fn without_bounds_it_is_used_everywhere() {
        let bounds = Bounds::default();
        assert!(bounds.is_everywhere() && bounds.check(None, None).is_ok());
    }

    #[test]
    fn bounds_are_kept_as_they_are() {
        let bounds = bounds(&["192.0.2.0/24", "2001:db8::/32"], &["https://a.example"]).unwrap();
        let [networks, origins] = bounds.to_stored();
        assert_eq!(Bounds::stored(networks.as_deref(), origins.as_deref()).unwrap(), bounds);
        assert_eq!(Bounds::default().to_stored(), [None, None]);
    }

    #[test]
    fn each_mistake_is_named_with_its_place() {
        let wrong = bounds(&["192.0.2.0/24", "192.0.2.1/24", "x"], &["https://a.example/path", "null"]).unwrap_err();
        let Error::Invalid(errors) = wrong else { panic!("it is not refused") };
        let fields: Vec<_> = errors.0.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, ["allowed_networks[1]", "allowed_networks[2]", "allowed_origins[0]", "allowed_origins[1]"]);
    }
}
