//! What can be done with values: conversion, unification, comparison, printing.
//!
//! Evaluates nothing and reports nothing; failures are returned.

pub mod compare;
pub mod constraint;
pub mod convert;
pub mod json;
pub mod marks;
pub mod print;
pub mod unify;
