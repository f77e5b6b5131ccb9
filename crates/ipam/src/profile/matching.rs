//! Which profiles fit a request.

use std::str::FromStr;

use kernel::{Asn, LirId, VlanDomainId, VrfId};

use super::Profile;

/// How a list of tags is meant. Names are compared exactly, after trimming.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) enum TagsMode {
    /// The block has exactly these tags.
    Strict,
    /// The block has none of these tags.
    Exclude,
    /// The block has all of these tags, and perhaps more.
    #[default]
    Intersection,
    /// The block has at least one of these tags.
    Union,
}

impl FromStr for TagsMode {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text.trim().to_ascii_lowercase().as_str() {
            "strict" => Ok(Self::Strict),
            "exclude" => Ok(Self::Exclude),
            "intersection" => Ok(Self::Intersection),
            "union" => Ok(Self::Union),
            _ => Err(()),
        }
    }
}

/// What a block's profile must be like. A criterion that is absent is always met; of one with several values, one must
/// fit.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(crate) struct Criteria {
    pub(crate) rir: Option<String>,
    pub(crate) region: Option<Vec<String>>,
    pub(crate) vlan: Option<Vec<i64>>,
    pub(crate) code: Option<Vec<String>>,
    pub(crate) asn: Option<Asn>,
    pub(crate) lir: Option<LirId>,
    /// Sorted, without repetitions.
    pub(crate) tags: Option<Vec<String>>,
    pub(crate) tags_mode: TagsMode,
    /// The domain of the block's VLAN.
    pub(crate) vlan_domain: Option<VlanDomainId>,
    pub(crate) vrf: Option<VrfId>,
}

impl Criteria {
    /// Whether every profile fits.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self { tags_mode: self.tags_mode, ..Self::default() }
    }

    /// Whether this profile fits.
    pub(crate) fn fits(&self, profile: &Profile) -> bool {
        fn one_of<T: PartialEq>(wanted: Option<&Vec<T>>, value: Option<&T>) -> bool {
            wanted.is_none_or(|wanted| value.is_some_and(|value| wanted.contains(value)))
        }
        self.rir.as_ref().is_none_or(|rir| *rir == profile.rir)
            && one_of(self.region.as_ref(), profile.region.as_ref())
            && one_of(self.vlan.as_ref(), profile.vlan.as_ref())
            && one_of(self.code.as_ref(), profile.code.as_ref())
            && self.asn.is_none_or(|asn| profile.asn == Some(asn))
            && self.lir.is_none_or(|lir| profile.lir == Some(lir))
            && self.vrf.is_none_or(|vrf| profile.vrf == vrf)
            && self.vlan_domain.is_none_or(|domain| profile.vlan.is_some() && profile.vlan_domain == domain)
            && self.tags.as_ref().is_none_or(|tags| self.tags_mode.fits(tags, &profile.tags))
    }

    /// The first criterion that this profile breaks, by its name: what `refusal` says, at the price of `fits`.
    pub(crate) fn broken(&self, profile: &Profile) -> Option<&'static str> {
        fn lacks<T: PartialEq>(wanted: Option<&Vec<T>>, value: Option<&T>) -> bool {
            wanted.is_some_and(|wanted| value.is_none_or(|value| !wanted.contains(value)))
        }
        let checks = [
            ("rir", self.rir.as_ref().is_some_and(|rir| *rir != profile.rir)),
            ("region", lacks(self.region.as_ref(), profile.region.as_ref())),
            ("vlan", lacks(self.vlan.as_ref(), profile.vlan.as_ref())),
            (
                "vlan_domain_id",
                self.vlan_domain.is_some_and(|domain| profile.vlan.is_none() || profile.vlan_domain != domain),
            ),
            ("vrf_id", self.vrf.is_some_and(|vrf| profile.vrf != vrf)),
            ("code", lacks(self.code.as_ref(), profile.code.as_ref())),
            ("lirId", self.lir.is_some_and(|lir| profile.lir != Some(lir))),
            ("asn", self.asn.is_some_and(|asn| profile.asn != Some(asn))),
            ("tags", self.tags.as_ref().is_some_and(|tags| !self.tags_mode.fits(tags, &profile.tags))),
        ];
        checks.into_iter().find(|(_, broken)| *broken).map(|(name, _)| name)
    }

    /// The first criterion that this profile breaks, in words: for a request that names one block.
    pub(crate) fn refusal(&self, profile: &Profile) -> Option<(&'static str, String)> {
        let only = |f: fn(&mut Self, &Self)| {
            let mut one = Self { tags_mode: self.tags_mode, ..Self::default() };
            f(&mut one, self);
            !one.fits(profile)
        };
        let said = |value: Option<&dyn std::fmt::Display>| value.map_or_else(|| "none".to_owned(), ToString::to_string);
        if only(|one, all| one.rir.clone_from(&all.rir)) {
            return Some(("rir", format!("the block's RIR is {}", profile.rir)));
        }
        if only(|one, all| one.region.clone_from(&all.region)) {
            return Some((
                "region",
                format!("the block's region is {}", said(profile.region.as_ref().map(|r| r as _))),
            ));
        }
        if only(|one, all| one.vlan.clone_from(&all.vlan)) {
            return Some(("vlan", format!("the block's VLAN is {}", said(profile.vlan.as_ref().map(|v| v as _)))));
        }
        if only(|one, all| one.vlan_domain = all.vlan_domain) {
            let domain = profile.vlan.map(|_| profile.vlan_domain);
            let said = said(domain.as_ref().map(|d| d as _));
            return Some(("vlan_domain_id", format!("the domain of the block's VLAN is {said}")));
        }
        if only(|one, all| one.vrf = all.vrf) {
            return Some(("vrf_id", format!("the block's VRF is {}", profile.vrf)));
        }
        if only(|one, all| one.code.clone_from(&all.code)) {
            return Some(("code", format!("the block's code is {}", said(profile.code.as_ref().map(|c| c as _)))));
        }
        if only(|one, all| one.lir = all.lir) {
            return Some(("lirId", format!("the block's LIR is {}", said(profile.lir.as_ref().map(|l| l as _)))));
        }
        if only(|one, all| one.asn = all.asn) {
            return Some(("asn", format!("the block's ASN is {}", said(profile.asn.as_ref().map(|a| a as _)))));
        }
        if only(|one, all| one.tags.clone_from(&all.tags)) {
            let tags = if profile.tags.is_empty() { "none".to_owned() } else { profile.tags.join(", ") };
            return Some(("tags", format!("the block's tags are {tags}")));
        }
        None
    }
}

impl TagsMode {
    /// Whether a block with these tags fits. Both lists are sorted and without repetitions.
    pub(crate) fn fits(self, wanted: &[String], tags: &[String]) -> bool {
        let has = |tag: &String| tags.binary_search(tag).is_ok();
        match self {
            Self::Strict => wanted == tags,
            Self::Exclude => !wanted.iter().any(has),
            Self::Intersection => wanted.iter().all(has),
            Self::Union => wanted.iter().any(has),
        }
    }
}

#[cfg(test)]
mod tests {
    use TagsMode::{Exclude, Intersection, Strict, Union};

    use super::*;
    use crate::profile::tag_set;

    #[test]
    fn the_four_modes_of_tags() {
        let block = tag_set(["Customer", "VPN"]);
        let fits = |mode: TagsMode, wanted: &[&str]| mode.fits(&tag_set(wanted), &block);
        assert!(fits(Strict, &["VPN", "Customer"]) && !fits(Strict, &["VPN"]) && !fits(Strict, &[]));
        assert!(fits(Exclude, &["PTP"]) && !fits(Exclude, &["PTP", "VPN"]));
        assert!(fits(Intersection, &["VPN"]) && !fits(Intersection, &["VPN", "PTP"]) && fits(Intersection, &[]));
        assert!(fits(Union, &["PTP", "VPN"]) && !fits(Union, &["PTP"]) && !fits(Union, &[]));
        assert!(TagsMode::Strict.fits(&[], &[]), "strict with no tags means untagged blocks");
        assert!(!fits(Intersection, &["vpn"]), "names are compared exactly");
    }

    #[test]
    fn a_refusal_names_the_criterion() {
        let profile = Profile { rir: "ARIN".into(), vlan: Some(7), ..Profile::default() };
        let criteria = Criteria { rir: Some("ARIN".into()), vlan: Some(vec![8]), ..Criteria::default() };
        assert!(!criteria.fits(&profile));
        assert_eq!(criteria.refusal(&profile), Some(("vlan", "the block's VLAN is 7".to_owned())));
        assert_eq!(criteria.broken(&profile), Some("vlan"));
        assert_eq!(Criteria::default().refusal(&profile), None);
        assert_eq!(Criteria::default().broken(&profile), None);
    }
}
