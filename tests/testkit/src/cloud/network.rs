//! Networks in CIDR notation.

use std::net::IpAddr;

/// A network such as `10.0.0.0/8`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cidr {
    address: IpAddr,
    length: u32,
}

/// What is wrong with a text that is not one.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NotACidr {
    Invalid,
    /// An address without a length; with it, this.
    NoMask(String),
    /// Bits are set that the length does not cover; without them, this.
    HostBits(String),
}

impl Cidr {
    pub(super) fn parse(text: &str) -> Result<Self, NotACidr> {
        let Some((address, length)) = text.split_once('/') else {
            return Err(match text.parse::<IpAddr>() {
                Ok(address) => NotACidr::NoMask(format!("{address}/{}", width(address))),
                Err(_) => NotACidr::Invalid,
            });
        };
        let address: IpAddr = address.parse().map_err(|_| NotACidr::Invalid)?;
        let digits = !length.is_empty() && length.bytes().all(|b| b.is_ascii_digit());
        let length: u32 = length.parse().map_err(|_| NotACidr::Invalid)?;
        if !digits || length > width(address) {
            return Err(NotACidr::Invalid);
        }
        let base = masked(address, length);
        if base != address {
            return Err(NotACidr::HostBits(format!("{base}/{length}")));
        }
        Ok(Self { address, length })
    }

    pub(super) fn contains(&self, ip: IpAddr) -> bool {
        self.address.is_ipv4() == ip.is_ipv4() && masked(ip, self.length) == self.address
    }
}

fn width(address: IpAddr) -> u32 {
    if address.is_ipv4() { 32 } else { 128 }
}

/// The lowest address of the network that this one is in.
fn masked(address: IpAddr, length: u32) -> IpAddr {
    match address {
        IpAddr::V4(v4) => {
            let mask = u32::MAX.checked_shl(32 - length).unwrap_or(0);
            IpAddr::V4((u32::from(v4) & mask).into())
        }
        IpAddr::V6(v6) => {
            let mask = u128::MAX.checked_shl(128 - length).unwrap_or(0);
            IpAddr::V6((u128::from(v6) & mask).into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_read_and_what_is_wrong_is_said() {
        let holds = |cidr: &str, ip: &str| {
            Cidr::parse(cidr)
                .expect(cidr)
                .contains(ip.parse().expect(ip))
        };
        assert!(holds("10.0.0.0/8", "10.1.2.3") && !holds("10.0.0.0/8", "11.0.0.0"));
        assert!(holds("0.0.0.0/0", "1.2.3.4") && !holds("0.0.0.0/0", "::1"));
        assert!(holds("2001:db8::/32", "2001:db8:1::") && holds("::/0", "::1"));
        let wrong = |text: &str| Cidr::parse(text).expect_err(text);
        for text in [
            "",
            "x",
            "10.0.0.0/33",
            "10.0.0.0/-1",
            "10.0.0.0/+8",
            "10.0.0/8",
            "::/129",
            "1.2.3.4/",
        ] {
            assert_eq!(wrong(text), NotACidr::Invalid, "{text}");
        }
        assert_eq!(wrong("1.2.3.4"), NotACidr::NoMask("1.2.3.4/32".into()));
        assert_eq!(wrong("::1"), NotACidr::NoMask("::1/128".into()));
        assert_eq!(wrong("10.1.2.3/8"), NotACidr::HostBits("10.0.0.0/8".into()));
    }
}
