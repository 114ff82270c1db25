//! What a connection string says of TLS, taken out of it, since the driver knows but three of libpq's modes and none of
//! its files. Both spellings of the string are read: the URL and `key=value`.

use std::path::PathBuf;

use percent_encoding::percent_decode_str;

/// What is said of TLS, in libpq's words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct TlsWords {
    pub(super) mode: Option<String>,
    pub(super) root_certificates: Option<PathBuf>,
    pub(super) certificate: Option<PathBuf>,
    pub(super) key: Option<PathBuf>,
}

impl TlsWords {
    /// Takes a parameter, if it is one of ours.
    fn take(&mut self, name: &str, value: &str) -> bool {
        match name {
            "sslmode" => self.mode = Some(value.to_owned()),
            "sslrootcert" => self.root_certificates = Some(value.into()),
            "sslcert" => self.certificate = Some(value.into()),
            "sslkey" => self.key = Some(value.into()),
            _ => return false,
        }
        true
    }
}

/// The string without what it says of TLS, and that.
pub(super) fn split(text: &str) -> (String, TlsWords) {
    let mut words = TlsWords::default();
    let rest = if text.starts_with("postgres://") || text.starts_with("postgresql://") {
        split_url(text, &mut words)
    } else {
        split_pairs(text, &mut words)
    };
    (rest, words)
}

fn split_url(url: &str, words: &mut TlsWords) -> String {
    // A password may hold a question mark; as the driver does, whatever is before the first `@` is taken for one.
    let host = url.find('@').unwrap_or(0);
    let Some(query) = url[host..].find('?').map(|at| host + at) else {
        return url.to_owned();
    };
    let decoded = |text| percent_decode_str(text).decode_utf8_lossy();
    let rest: Vec<_> = url[query + 1..]
        .split('&')
        .filter(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            !words.take(&decoded(name), &decoded(value))
        })
        .collect();
    if rest.is_empty() {
        url[..query].to_owned()
    } else {
        format!("{}?{}", &url[..query], rest.join("&"))
    }
}

fn split_pairs(text: &str, words: &mut TlsWords) -> String {
    let mut kept = String::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let Some((name, after)) = rest.split_once('=') else {
            // The driver says what is wrong with it.
            kept.push_str(rest);
            break;
        };
        let (value, next) = value(after.trim_start());
        if !words.take(name.trim_end(), &value) {
            kept.push_str(&rest[..rest.len() - next.len()]);
            kept.push(' ');
        }
        rest = next.trim_start();
    }
    kept
}

/// The value at the start, its quotes and backslashes resolved, and what comes behind it.
fn value(text: &str) -> (String, &str) {
    let quoted = text.starts_with('\'');
    let mut value = String::new();
    let mut chars = text.char_indices().skip(usize::from(quoted));
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => value.extend(chars.next().map(|(_, escaped)| escaped)),
            '\'' if quoted => return (value, &text[at + 1..]),
            c if !quoted && c.is_whitespace() => return (value, &text[at..]),
            c => value.push(c),
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    use super::{TlsWords, split};

    #[track_caller]
    fn check(text: &str, rest: &str, mode: Option<&str>, root: Option<&str>) {
        let words = TlsWords {
            mode: mode.map(str::to_owned),
            root_certificates: root.map(Into::into),
            ..TlsWords::default()
        };
        assert_eq!(split(text), (rest.to_owned(), words));
    }

    #[test]
    fn what_is_said_of_tls_is_taken_out_of_both_spellings() {
        check("postgres://u:p@h/d", "postgres://u:p@h/d", None, None);
        check(
            "postgresql://u:?sslmode=x@h/d?application_name=a&sslmode=verify-full&sslrootcert=%2Fa%20b.pem&options=-c",
            "postgresql://u:?sslmode=x@h/d?application_name=a&options=-c",
            Some("verify-full"),
            Some("/a b.pem"),
        );
        check(
            "postgres://h?sslmode=prefer",
            "postgres://h",
            Some("prefer"),
            None,
        );
        check(
            r"host = h password='a sslmode=x \' b' sslmode = require sslrootcert='/a \'b\'.pem' user=u",
            r"host = h password='a sslmode=x \' b' user=u ",
            Some("require"),
            Some("/a 'b'.pem"),
        );
        check(r"sslrootcert=/a\ b.pem", "", None, Some("/a b.pem"));
        check("host=h port", "host=h port", None, None);
    }
}
