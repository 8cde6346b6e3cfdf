//! The home itself: the first fact of its record is its creation.

use serde::{Deserialize, Serialize};

crate::id::ids! {
    /// Names a home permanently, also when its folder is moved.
    HomeId
}

macro_rules! noun {
    ($($before:tt)*) => { $crate::nouns::chain! { $($before)*
        facts {
            /// The home was made: always the first fact.
            HomeCreated($crate::home::HomeCreated) = "home.created" version 1, about |p| Some(p.home.into());
        }
        nodes {}
        subjects { Home($crate::home::HomeId); }
    } };
}
pub(crate) use noun;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HomeCreated {
    pub home: HomeId,
    pub hven_version: String,
}

crate::sample::sampled! {
    HomeCreated { home, hven_version }
}
