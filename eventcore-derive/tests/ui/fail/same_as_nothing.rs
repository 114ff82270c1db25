use eventcore_schema_model::{Event, EventData};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, EventData)]
#[event(same_as = "Mail")]
struct Email {
    text: String,
}

#[derive(Serialize, Deserialize, Event)]
#[event(type = "mail.sent", same_as = "MailSent")]
struct EmailSent {
    #[event(same_as = "Mail")]
    to: Email,
    #[event(json = String, same_as = 5)]
    from: std::net::IpAddr,
}

fn main() {}
