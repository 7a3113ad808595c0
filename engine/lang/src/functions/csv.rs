//! Reading comma-separated values: the rows of `csvdecode`.
//!
//! The `csv` crate takes what Terraform refuses, such as a quote inside of a field, and drops it.

use super::limits::MAX_VALUES;

/// Reads a text with the rules of RFC 4180 and Go's reader: fields may be quoted, blank lines do not
/// count, every row has as many fields as the first.
///
/// # Errors
/// What is wrong, as the end of a sentence.
pub fn read(text: &str) -> Result<Vec<Vec<String>>, String> {
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut chars = text.chars().peekable();
    let mut line = 1;
    let mut cells = 0usize;
    while chars.peek().is_some() {
        if chars.next_if_eq(&'\n').is_some() {
            line += 1;
            continue;
        }
        if chars.peek() == Some(&'\r') {
            let mut ahead = chars.clone();
            ahead.next();
            if ahead.next_if_eq(&'\n').is_some() {
                chars = ahead;
                line += 1;
                continue;
            }
        }
        let row = row(&mut chars, &mut line)?;
        if let Some(first) = rows.first()
            && first.len() != row.len()
        {
            return Err(format!("error on line {}: wrong number of fields", line - 1));
        }
        cells = cells.saturating_add(row.len());
        if cells > MAX_VALUES {
            return Err(format!("error on line {line}: more than {MAX_VALUES} fields"));
        }
        rows.push(row);
    }
    Ok(rows)
}

fn row(chars: &mut std::iter::Peekable<std::str::Chars>, line: &mut usize) -> Result<Vec<String>, String> {
    let mut fields = Vec::new();
    loop {
        let mut field = String::new();
        let quoted = chars.next_if_eq(&'"').is_some();
        if quoted {
            loop {
                match chars.next() {
                    Some('"') if chars.next_if_eq(&'"').is_some() => field.push('"'),
                    Some('"') => break,
                    Some('\r') if chars.peek() == Some(&'\n') => {}
                    Some(c) => {
                        *line += usize::from(c == '\n');
                        field.push(c);
                    }
                    None => {
                        return Err(format!(
                            "error on line {line}: extraneous or missing \" in quoted-field"
                        ));
                    }
                }
            }
        }
        loop {
            match chars.next() {
                Some(',') => {
                    fields.push(field);
                    break;
                }
                Some('\r') if chars.peek() == Some(&'\n') => {}
                Some('\n') | None => {
                    *line += 1;
                    fields.push(field);
                    return Ok(fields);
                }
                Some(_) if quoted => {
                    return Err(format!("error on line {line}: extraneous or missing \" in quoted-field"));
                }
                Some('"') => return Err(format!("error on line {line}: bare \" in non-quoted-field")),
                Some(c) => field.push(c),
            }
        }
    }
}
