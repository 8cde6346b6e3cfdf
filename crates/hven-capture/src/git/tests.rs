//! The code of repositories that tests make, as it is taken down.

mod folder;
mod links_and_keys;
mod repositories;
mod status;
mod within;
