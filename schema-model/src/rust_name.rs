//! What names of a definition become in generated Rust code, as text: without the marks that keep keywords apart.

/// `snake_case`, for functions, fields, parameters and modules.
pub fn snake_case(name: &str) -> String {
    words(name).join("_")
}

/// `CamelCase`, for types and variants.
pub fn camel_case(name: &str) -> String {
    let capitalized = |word: &String| {
        let mut letters = word.chars();
        letters.next().map_or_else(String::new, |first| {
            first.to_ascii_uppercase().to_string() + letters.as_str()
        })
    };
    words(name).iter().map(capitalized).collect()
}

/// `SCREAMING_CASE`, for constants.
pub fn screaming_case(name: &str) -> String {
    words(name).join("_").to_ascii_uppercase()
}

/// Whether what a name becomes can be one in Rust: it begins with a letter.
pub fn is_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
}

/// The words of a name, in lower case: cut at what is neither letter nor digit, and before a capital.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut after_lower = false;
    for letter in name.chars() {
        let boundary =
            !letter.is_ascii_alphanumeric() || (letter.is_ascii_uppercase() && after_lower);
        if boundary && words.last().is_some_and(|word| !word.is_empty()) {
            words.push(String::new());
        }
        if let (true, Some(word)) = (letter.is_ascii_alphanumeric(), words.last_mut()) {
            word.push(letter.to_ascii_lowercase());
        }
        after_lower = letter.is_ascii_lowercase() || letter.is_ascii_digit();
    }
    words.retain(|word| !word.is_empty());
    words
}
