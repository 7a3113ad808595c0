//! `#[derive(Block)]`: a struct whose fields are the attributes and nested blocks of a block.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::meta::ParseNestedMeta;
use syn::{
    Data, DeriveInput, Expr, ExprLit, ExprRange, ExprUnary, Field, Fields, Lit, LitInt, LitStr, Path,
    RangeLimits, Result, UnOp,
};

use crate::docs::docs;

/// What stands in `#[block(…)]`.
#[derive(Default)]
struct Head {
    name: String,
    label: Option<String>,
    label_key: Option<String>,
}

/// What stands in `#[attr(…)]` or `#[nested(…)]`.
#[derive(Default)]
struct Options {
    name: Option<String>,
    to: Option<String>,
    section: String,
    manual: bool,
    min: Option<LitInt>,
    range: Option<(TokenStream, TokenStream)>,
    default: Option<Lit>,
    known: bool,
    syntax: Option<Path>,
    keys: Option<Path>,
}

/// Expands the derive.
pub fn expand(input: &DeriveInput) -> Result<TokenStream> {
    let Data::Struct(data) = &input.data else {
        return Err(syn::Error::new_spanned(input, "Block is for structs"));
    };
    let Fields::Named(fields) = &data.fields else {
        return Err(syn::Error::new_spanned(input, "a block's fields have names"));
    };
    let head = head(input)?;
    let mut parts = Parts::default();
    for field in &fields.named {
        parts.add(field)?;
    }
    let Parts { attrs, blocks, flattened, reads, writes } = parts;
    let (ident, name, doc) = (&input.ident, head.name, docs(&input.attrs));
    let (label, label_key) = (optional(&head.label), optional(&head.label_key));
    Ok(quote! {
        impl crate::declare::Block for #ident {
            const SCHEMA: &'static crate::declare::BlockSchema = &crate::declare::BlockSchema {
                name: #name,
                label: #label,
                label_key: #label_key,
                doc: #doc,
                attrs: &[ #(#attrs),* ],
                blocks: &[ #(#blocks),* ],
                flattened: &[ #(#flattened),* ],
            };
            fn read(source: &crate::declare::Source<'_>, report: &mut plimsoll_model::Report) -> Self {
                Self { #(#reads),* }
            }
            fn write(&self, section: &str, tree: &mut crate::declare::Tree) {
                let _ = (section, &tree);
                #(#writes)*
            }
        }
    })
}

/// The pieces of the expansion, one entry for each field.
#[derive(Default)]
struct Parts {
    attrs: Vec<TokenStream>,
    blocks: Vec<TokenStream>,
    flattened: Vec<TokenStream>,
    reads: Vec<TokenStream>,
    writes: Vec<TokenStream>,
}

impl Parts {
    fn add(&mut self, field: &Field) -> Result<()> {
        let has = |name: &str| field.attrs.iter().any(|a| a.path().is_ident(name));
        if has("header") {
            let ident = &field.ident;
            self.reads.push(quote!(#ident: source.header));
            Ok(())
        } else if has("flatten") {
            self.flatten(field);
            Ok(())
        } else if has("nested") {
            self.nested(field, &options(field, "nested")?)
        } else {
            self.attr(field, &options(field, "attr")?)
        }
    }

    fn flatten(&mut self, field: &Field) {
        let (ident, ty) = (&field.ident, &field.ty);
        self.flattened.push(quote!(<#ty as crate::declare::Block>::SCHEMA));
        self.reads.push(quote!(#ident: <#ty as crate::declare::Block>::read(source, report)));
        self.writes.push(quote!(crate::declare::Block::write(&self.#ident, section, tree);));
    }

    fn attr(&mut self, field: &Field, o: &Options) -> Result<()> {
        let (ident, ty, doc) = (&field.ident, &field.ty, documentation(field)?);
        let name = field_name(field, o);
        let key = o.to.clone().unwrap_or_else(|| camel(&name));
        let range = match &o.range {
            Some((low, high)) => quote!((#low, #high)),
            None => quote!(<#ty as crate::declare::AttrField>::BOUNDS),
        };
        let default = match &o.default {
            Some(Lit::Str(s)) => quote!(Some(crate::declare::Default::Text(#s))),
            Some(Lit::Bool(b)) => quote!(Some(crate::declare::Default::Bool(#b))),
            Some(Lit::Int(i)) => quote!(Some(crate::declare::Default::Whole(#i))),
            Some(other) => return Err(syn::Error::new_spanned(other, "a default is text, bool or integer")),
            None => quote!(None),
        };
        let (known, syntax, keys) = (o.known, reference(&o.syntax), reference(&o.keys));
        let index = self.attrs.len();
        self.attrs.push(quote!(crate::declare::AttrSchema {
            name: #name,
            key: #key,
            doc: #doc,
            ty: <#ty as crate::declare::AttrField>::TYPE,
            required: <#ty as crate::declare::AttrField>::REQUIRED,
            range: #range,
            default: #default,
            known: #known,
            syntax: #syntax,
            keys: #keys,
        }));
        self.reads.push(quote!(
            #ident: <#ty as crate::declare::AttrField>::read(source, &Self::SCHEMA.attrs[#index], report)
        ));
        if !o.manual {
            let section = &o.section;
            self.writes.push(quote!(
                if section == #section { crate::declare::WrittenField::write(&self.#ident, #key, tree); }
            ));
        }
        Ok(())
    }

    fn nested(&mut self, field: &Field, o: &Options) -> Result<()> {
        let (ident, ty, doc) = (&field.ident, &field.ty, documentation(field)?);
        let name = field_name(field, o);
        let key = o.to.clone().unwrap_or_else(|| camel(&name));
        let min = o.min.as_ref().map_or(quote!(0), |m| quote!(#m));
        let index = self.blocks.len();
        self.blocks.push(quote!(crate::declare::NestedSchema {
            name: #name,
            key: #key,
            doc: #doc,
            min: #min,
            many: <#ty as crate::declare::NestedField>::MANY,
            labeled: <#ty as crate::declare::NestedField>::LABELED,
            block: <#ty as crate::declare::NestedField>::SCHEMA,
        }));
        self.reads.push(quote!(
            #ident: <#ty as crate::declare::NestedField>::read(source, &Self::SCHEMA.blocks[#index], report)
        ));
        if !o.manual {
            let section = &o.section;
            self.writes.push(quote!(
                if section == #section { crate::declare::NestedField::write(&self.#ident, #key, tree); }
            ));
        }
        Ok(())
    }
}

fn head(input: &DeriveInput) -> Result<Head> {
    let mut head = Head::default();
    for attr in input.attrs.iter().filter(|a| a.path().is_ident("block")) {
        attr.parse_nested_meta(|meta| {
            if meta.path.is_ident("name") {
                head.name = text(&meta)?;
            } else if meta.path.is_ident("label") {
                head.label = Some(text(&meta)?);
            } else if meta.path.is_ident("label_key") {
                head.label_key = Some(text(&meta)?);
            } else {
                return Err(meta.error("name, label or label_key"));
            }
            Ok(())
        })?;
    }
    if head.name.is_empty() {
        return Err(syn::Error::new_spanned(&input.ident, "#[block(name = \"…\")] is missing"));
    }
    if docs(&input.attrs).is_empty() {
        return Err(syn::Error::new_spanned(&input.ident, "a block needs a documentation comment"));
    }
    Ok(head)
}

fn options(field: &Field, kind: &str) -> Result<Options> {
    let mut o = Options::default();
    for attr in field.attrs.iter().filter(|a| a.path().is_ident(kind)) {
        if matches!(attr.meta, syn::Meta::Path(_)) {
            continue;
        }
        attr.parse_nested_meta(|meta| {
            let key = meta.path.require_ident()?.unraw().to_string();
            match key.as_str() {
                "name" => o.name = Some(text(&meta)?),
                "to" => o.to = Some(text(&meta)?),
                "section" => o.section = text(&meta)?,
                "manual" => o.manual = true,
                "min" => o.min = Some(meta.value()?.parse()?),
                "range" => o.range = Some(range(&meta.value()?.parse::<ExprRange>()?)?),
                "default" => o.default = Some(meta.value()?.parse()?),
                "known" => o.known = true,
                "syntax" => o.syntax = Some(meta.value()?.parse()?),
                "keys" => o.keys = Some(meta.value()?.parse()?),
                _ => return Err(meta.error("no such option")),
            }
            Ok(())
        })?;
    }
    Ok(o)
}

fn text(meta: &ParseNestedMeta<'_>) -> Result<String> {
    Ok(meta.value()?.parse::<LitStr>()?.value())
}

/// The inclusive bounds of a range: `1..` has no upper one.
fn range(range: &ExprRange) -> Result<(TokenStream, TokenStream)> {
    if matches!(range.limits, RangeLimits::HalfOpen(_)) && range.end.is_some() {
        return Err(syn::Error::new_spanned(range, "write an inclusive range: 1..=10"));
    }
    let bound = |e: &Option<Box<Expr>>| match e.as_deref() {
        None => Ok(quote!(None)),
        Some(e @ Expr::Lit(ExprLit { lit: Lit::Int(_), .. })) => Ok(quote!(Some(#e))),
        Some(e @ Expr::Unary(ExprUnary { op: UnOp::Neg(_), .. })) => Ok(quote!(Some(#e))),
        Some(other) => Err(syn::Error::new_spanned(other, "a bound is an integer")),
    };
    Ok((bound(&range.start)?, bound(&range.end)?))
}

fn documentation(field: &Field) -> Result<String> {
    let doc = docs(&field.attrs);
    if doc.is_empty() {
        return Err(syn::Error::new_spanned(field, "an attribute or block needs a documentation comment"));
    }
    Ok(doc)
}

fn field_name(field: &Field, o: &Options) -> String {
    o.name.clone().unwrap_or_else(|| field.ident.as_ref().map(|i| i.unraw().to_string()).unwrap_or_default())
}

fn optional(text: &Option<String>) -> TokenStream {
    match text {
        Some(t) => quote!(Some(#t)),
        None => quote!(None),
    }
}

fn reference(path: &Option<Path>) -> TokenStream {
    match path {
        Some(p) => {
            let p = p.to_token_stream();
            quote!(Some(&#p))
        }
        None => quote!(None),
    }
}

/// `termination_grace_period_seconds` as the API spells it.
fn camel(name: &str) -> String {
    let mut out = String::new();
    let mut upper = false;
    for c in name.chars() {
        if c == '_' {
            upper = true;
        } else if upper {
            out.extend(c.to_uppercase());
            upper = false;
        } else {
            out.push(c);
        }
    }
    out
}
