//! The table of functions: documented, named once, complete.

use super::*;

#[test]
fn every_function_is_documented_and_named_once() {
    let mut names: Vec<_> = all().map(|f| f.name).collect();
    for f in all() {
        assert!(f.doc.ends_with('.') && !f.examples.is_empty(), "{}", f.name);
        assert!(f.notes.is_empty() || f.notes.ends_with('.'), "{}", f.name);
    }
    names.extend(LEFT_OUT.iter().map(|(name, _)| *name));
    names.sort_unstable();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count);
}

/// The functions of Terraform 1.11 (`terraform metadata functions -json`), and `type` of its console.
const TERRAFORM: &str = "abs abspath alltrue anytrue base64decode base64encode base64gzip base64sha256 base64sha512 \
    basename bcrypt can ceil chomp chunklist cidrhost cidrnetmask cidrsubnet cidrsubnets coalesce coalescelist compact \
    concat contains csvdecode dirname distinct element endswith ephemeralasnull file filebase64 filebase64sha256 \
    filebase64sha512 fileexists filemd5 fileset filesha1 filesha256 filesha512 flatten floor format formatdate formatlist \
    indent index issensitive join jsondecode jsonencode keys length log lookup lower matchkeys max md5 merge min \
    nonsensitive one parseint pathexpand plantimestamp pow range regex regexall replace reverse rsadecrypt sensitive \
    setintersection setproduct setsubtract setunion sha1 sha256 sha512 signum slice sort split startswith strcontains strrev \
    substr sum templatefile templatestring textdecodebase64 textencodebase64 timeadd timecmp timestamp title tobool tolist \
    tomap tonumber toset tostring transpose trim trimprefix trimspace trimsuffix try type upper urlencode uuid uuidv5 values \
    yamldecode yamlencode zipmap";

#[test]
fn every_function_of_terraform_is_here_or_left_out_with_a_reason() {
    let mut ours: Vec<_> = all().map(|f| f.name).chain(LEFT_OUT.iter().map(|(name, _)| *name)).collect();
    ours.sort_unstable();
    assert_eq!(ours, TERRAFORM.split_whitespace().collect::<Vec<_>>());
}
