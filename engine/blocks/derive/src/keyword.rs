//! `#[derive(Keyword)]`: an enum of allowed texts.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, Fields, LitStr, Result};

use crate::docs::docs;

/// Expands the derive.
pub fn expand(input: &DeriveInput) -> Result<TokenStream> {
    let Data::Enum(data) = &input.data else {
        return Err(syn::Error::new_spanned(input, "Keyword is for enums"));
    };
    let ident = &input.ident;
    let mut names = Vec::new();
    let mut texts = Vec::new();
    let mut documentation = Vec::new();
    for variant in &data.variants {
        if !matches!(variant.fields, Fields::Unit) {
            return Err(syn::Error::new_spanned(variant, "a keyword holds no data"));
        }
        let text = match variant.attrs.iter().find(|a| a.path().is_ident("keyword")) {
            Some(attr) => attr.parse_args::<LitStr>()?.value(),
            None => variant.ident.to_string(),
        };
        names.push(&variant.ident);
        texts.push(text);
        documentation.push(docs(&variant.attrs));
    }
    Ok(quote! {
        impl #ident {
            /// The text of the value, as the API spells it.
            pub fn text(&self) -> &'static str {
                match self { #( #ident::#names => #texts, )* }
            }
        }
        impl crate::declare::FromValue for #ident {
            const TYPE: &'static crate::declare::TypeSchema =
                &crate::declare::TypeSchema::Keyword(&[ #( (#texts, #documentation), )* ]);
            fn from_value(
                value: &plimsoll_model::Value,
                cx: &mut crate::declare::Context<'_>,
            ) -> Option<Self> {
                match cx.keyword(value, Self::TYPE)? {
                    #( #texts => Some(#ident::#names), )*
                    _ => None,
                }
            }
        }
        impl crate::declare::ToJson for #ident {
            fn to_json(&self) -> serde_json::Value {
                self.text().into()
            }
        }
    })
}
