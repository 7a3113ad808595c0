//! Prefixes of IP addresses.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use bigdecimal::num_bigint::BigInt;
use plimsoll_model::Value;

use super::number::whole;
use super::string::strings;
use super::{Fault, Function, Param, Want, param, text};
use crate::load::Loaded;

const PREFIX: Param = param("prefix", Want::String);

/// Functions of IP addresses.
pub const FUNCTIONS: &[Function] = &[
    Function::new(
        "cidrhost",
        "The address of a host in a prefix, by its number; a negative one counts from the end.",
        &[PREFIX, param("hostnum", Want::Number)],
        cidrhost,
    )
    .gives(Want::String)
    .example(&[
        ("cidrhost(\"10.12.112.0/20\", 16)", "\"10.12.112.16\""),
        ("cidrhost(\"10.12.112.0/20\", -1)", "\"10.12.127.255\""),
    ]),
    Function::new("cidrnetmask", "The mask of an IPv4 prefix.", &[PREFIX], cidrnetmask)
        .gives(Want::String)
        .example(&[("cidrnetmask(\"172.16.0.0/12\")", "\"255.240.0.0\"")]),
    Function::new(
        "cidrsubnet",
        "A prefix inside of another: with more bits, by its number.",
        &[PREFIX, param("newbits", Want::Number), param("netnum", Want::Number)],
        cidrsubnet,
    )
    .gives(Want::String)
    .example(&[
        ("cidrsubnet(\"172.16.0.0/12\", 4, 2)", "\"172.18.0.0/16\""),
        ("cidrsubnet(\"fd00::/56\", 16, 162)", "\"fd00::a200:0:0:0/72\""),
    ]),
    Function::new(
        "cidrsubnets",
        "Prefixes one after the other inside of another, each with its more bits.",
        &[PREFIX],
        cidrsubnets,
    )
    .rest(param("newbits", Want::Number))
    .gives(Want::Strings)
    .example(&[(
        "cidrsubnets(\"10.1.0.0/16\", 4, 4, 8)",
        "[\"10.1.0.0/20\",\"10.1.16.0/20\",\"10.1.32.0/24\"]",
    )]),
];

/// A prefix: its first address as a number, its length, and the bits of its family.
#[derive(Debug, Clone, Copy)]
struct Prefix {
    network: u128,
    length: u32,
    bits: u32,
}

impl Prefix {
    /// Reads `10.0.0.0/8` and `fd00::/56`. Leading zeros of an IPv4 address are no octal, as in Terraform.
    fn read(given: &str) -> Result<Prefix, String> {
        let bad = || format!("invalid CIDR expression: invalid CIDR address: {given}");
        let (address, length) = given.split_once('/').ok_or_else(bad)?;
        let plain = length.bytes().all(|b| b.is_ascii_digit()) && !length.is_empty() && length.len() < 5;
        let length: u32 = length.parse().ok().filter(|_| plain).ok_or_else(bad)?;
        let (value, bits) = match read_address(address).ok_or_else(bad)? {
            IpAddr::V4(a) => (u128::from(u32::from(a)), 32),
            IpAddr::V6(a) => (u128::from(a), 128),
        };
        if length > bits {
            return Err(bad());
        }
        let mut prefix = Prefix { network: value, length, bits };
        prefix.network &= !prefix.host_mask();
        Ok(prefix)
    }

    /// The bits that number hosts.
    fn host_mask(self) -> u128 {
        let hosts = self.bits - self.length;
        if hosts == 128 { u128::MAX } else { (1 << hosts) - 1 }
    }

    fn show(self, address: u128) -> String {
        if self.bits == 32 {
            Ipv4Addr::from(address as u32).to_string()
        } else {
            show_v6(Ipv6Addr::from(address))
        }
    }

    fn text(self) -> String {
        format!("{}/{}", self.show(self.network), self.length)
    }
}

/// An IPv6 address; one that holds an IPv4 address is written as that one is in Terraform.
fn show_v6(address: Ipv6Addr) -> String {
    match address.to_ipv4_mapped() {
        Some(v4) => v4.to_string(),
        None => {
            // Only hexadecimal groups: the standard library would write some addresses with dots.
            let plain = address.to_string();
            if !plain.contains('.') {
                return plain;
            }
            let [.., a, b] = address.segments();
            let head = plain.rsplit_once(':').map_or("", |(head, _)| head);
            format!("{head}:{a:x}:{b:x}")
        }
    }
}

fn read_address(text: &str) -> Option<IpAddr> {
    if text.contains(':') {
        return Ipv6Addr::from_str(text).ok().map(IpAddr::V6);
    }
    let mut octets = [0u8; 4];
    let mut parts = text.split('.');
    for octet in &mut octets {
        let part = parts.next()?;
        let digits = !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        let value: u32 = part.parse().ok().filter(|_| digits)?;
        *octet = u8::try_from(value).ok()?;
    }
    parts.next().is_none().then(|| IpAddr::V4(Ipv4Addr::from(octets)))
}

/// A whole number of any size.
fn big(args: &[Value], i: usize) -> Result<BigInt, Fault> {
    let n = args.get(i).and_then(Value::as_number).filter(|n| n.is_integer());
    let n = n.ok_or_else(|| Fault::call("value must be a whole number"))?;
    Ok(n.as_decimal().with_scale(0).into_bigint_and_exponent().0)
}

fn cidrhost(_: &Loaded, args: &[Value]) -> Result<Value, Fault> {
    let number = big(args, 1)?;
    let prefix = Prefix::read(text(args, 0)).map_err(Fault::call)?;
    let hosts = prefix.bits - prefix.length;
    let limit = BigInt::from(1) << hosts;
    let zero = BigInt::from(0);
    let at = if number < zero { &limit + &number } else { number.clone() };
    let host: Option<u128> = if at >= zero && at < limit { u128::try_from(at).ok() } else { None };
    match host {
        Some(host) => Ok(Value::string(prefix.show(prefix.network | host))),
        None => Err(Fault::call(format!(
            "prefix of {} does not accommodate a host numbered {number}",
            prefix.length
        ))),
    }
}

fn cidrnetmask(_: &Loaded, args: &[Value]) -> Result<Value, Fault> {
    let prefix = Prefix::read(text(args, 0)).map_err(Fault::call)?;
    if prefix.bits != 32 {
        return Err(Fault::call("IPv6 addresses cannot have a netmask: use an IPv4 prefix"));
    }
    Ok(Value::string(prefix.show(!prefix.host_mask())))
}

/// A prefix with more bits, by number.
fn subnet(prefix: Prefix, more: u32, number: &BigInt) -> Result<Prefix, Fault> {
    let length = prefix.length + more;
    if length > prefix.bits {
        return Err(Fault::call(format!(
            "insufficient address space to extend prefix of {} by {more}",
            prefix.length
        )));
    }
    let limit = BigInt::from(1) << more;
    let zero = BigInt::from(0);
    let at = if *number < zero { &limit + number } else { number.clone() };
    let index: Option<u128> = if at >= zero && at < limit { u128::try_from(at).ok() } else { None };
    let index = index.ok_or_else(|| {
        Fault::call(format!("prefix extension of {more} does not accommodate a subnet numbered {number}"))
    })?;
    let shift = prefix.bits - length;
    let network = prefix.network | index.checked_shl(shift).unwrap_or(0);
    Ok(Prefix { network, length, ..prefix })
}

fn cidrsubnet(_: &Loaded, args: &[Value]) -> Result<Value, Fault> {
    let more = whole(args, 1).map_err(Fault::call)?;
    let number = big(args, 2)?;
    let prefix = Prefix::read(text(args, 0)).map_err(Fault::call)?;
    let more = u32::try_from(more).ok().filter(|n| *n <= 128).ok_or_else(|| {
        Fault::call(format!("insufficient address space to extend prefix of {} by {more}", prefix.length))
    })?;
    subnet(prefix, more, &number).map(|p| Value::string(p.text()))
}

fn cidrsubnets(_: &Loaded, args: &[Value]) -> Result<Value, Fault> {
    let prefix = Prefix::read(text(args, 0)).map_err(|e| Fault::argument(0, e))?;
    let mut at: Option<u128> = Some(prefix.network);
    let end = prefix.network | prefix.host_mask();
    let mut out = Vec::new();
    for i in 1..args.len() {
        let more = whole(args, i).map_err(|e| Fault::argument(i, e))?;
        if more < 1 {
            return Err(Fault::argument(i, "must extend prefix by at least one bit"));
        }
        if more > 32 {
            return Err(Fault::argument(i, "may not extend prefix by more than 32 bits"));
        }
        let length = prefix.length + more as u32;
        if length > prefix.bits {
            let family = if prefix.bits == 32 { "IPv4" } else { "IPv6" };
            return Err(Fault::argument(
                i,
                format!("would extend prefix to {length} bits, which is too long for an {family} address"),
            ));
        }
        // A prefix starts where its length lets it: the next multiple of its size.
        let size = 1u128.checked_shl(prefix.bits - length).unwrap_or(0);
        let start = at.and_then(|at| {
            let over = at.checked_rem(size).unwrap_or(0);
            if over == 0 { Some(at) } else { at.checked_add(size - over) }
        });
        let Some(start) = start.filter(|s| *s <= end) else {
            return Err(Fault::argument(
                i,
                format!(
                    "not enough remaining address space for a subnet with a prefix of {length} bits after {}",
                    out.last().map_or("", String::as_str)
                ),
            ));
        };
        out.push(Prefix { network: start, length, ..prefix }.text());
        at = start.checked_add(size);
    }
    Ok(strings(out))
}
