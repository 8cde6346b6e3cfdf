//! Users: accounts with a name. Names and addresses are payload, so they can be erased.

use serde::{Deserialize, Serialize};

use crate::UserId;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Added {
    pub user: UserId,
    pub name: String,
    pub email: Option<String>,
}
