//! The derives that turn a documented struct into a block of the vocabulary, and a documented
//! enum into an attribute with allowed values.
//!
//! Documentation comments become documentation, field types decide how attributes decode, and
//! `#[attr(…)]` and `#[nested(…)]` add what a type cannot say. Works inside `plimsoll-blocks` only.

use proc_macro::TokenStream;

mod block;
mod docs;
mod keyword;

/// Derives `Block`: a static schema, `decode` and `write`.
///
/// On the struct, `#[block(name = "app", label = "name", label_key = "name")]`: the block's type,
/// what its label is called (none: it has none), and the key under which the label is written.
///
/// On a field, one of
/// - `#[attr(…)]` (the default): `name`, `to` (its key in the object; camel case of the name
///   otherwise), `section` (which part of the object it is written to), `manual` (not written
///   automatically), `range`, `default`, `known` (may not be unknown until apply), `syntax`, `keys`
///   (the syntax of text and of map keys);
/// - `#[nested(…)]`: `to`, `section`, `manual`, `min`;
/// - `#[flatten]`: another block whose attributes and blocks stand in this one;
/// - `#[header]`: the span of the block's header.
#[proc_macro_derive(Block, attributes(block, attr, nested, flatten, header))]
pub fn derive_block(input: TokenStream) -> TokenStream {
    let input = syn::parse_macro_input!(input as syn::DeriveInput);
    block::expand(&input).unwrap_or_else(|e| e.to_compile_error()).into()
}

/// Derives `FromValue` for an enum without data: each variant is an allowed text, by its own name
/// or by `#[keyword("name")]`.
#[proc_macro_derive(Keyword, attributes(keyword))]
pub fn derive_keyword(input: TokenStream) -> TokenStream {
    let input = syn::parse_macro_input!(input as syn::DeriveInput);
    keyword::expand(&input).unwrap_or_else(|e| e.to_compile_error()).into()
}
