//! A type as a person writes it: `Option<Vec<Item>>`, where tokens alone read `Option < Vec < Item > >`.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

pub(crate) fn type_text(tokens: TokenStream) -> String {
    let mut text = String::new();
    write(tokens, &mut text);
    text
}

fn write(tokens: TokenStream, text: &mut String) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::None => ("", ""),
                };
                text.push_str(open);
                write(group.stream(), text);
                text.push_str(close);
            }
            TokenTree::Punct(punct) => match punct.as_char() {
                mark @ (',' | ';') => text.extend([mark, ' ']),
                mark @ ('+' | '=') => text.extend([' ', mark, ' ']),
                // The arrow of `fn() -> T`.
                '-' => text.push_str(" -"),
                '>' if text.ends_with('-') => text.push_str("> "),
                mark => text.push(mark),
            },
            word => {
                let word = word.to_string();
                // Two words in a row: `dyn Trait`, `&'static str`, `*const T`.
                if text.ends_with(|last: char| last.is_alphanumeric() || last == '_')
                    && word.starts_with(|first: char| first.is_alphanumeric() || first == '_')
                    && !text.ends_with('\'')
                {
                    text.push(' ');
                }
                text.push_str(&word);
            }
        }
    }
}
