//! Users: accounts with a name. Names and addresses are in the payload, so they can be erased.

use serde::{Deserialize, Serialize};

use crate::UserId;

macro_rules! noun {
    ($($before:tt)*) => { $crate::nouns::chain! { $($before)*
        facts {
            UserAdded($crate::user::Added) = "user.added" version 1, about |p| Some(p.user.into());
        }
        nodes {}
        subjects { User($crate::UserId); }
    } };
}
pub(crate) use noun;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Added {
    pub user: UserId,
    pub name: String,
    pub email: Option<String>,
}

crate::sample::sampled! {
    Added { user, name, email }
}
