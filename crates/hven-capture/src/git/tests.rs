//! Captures the code of repositories that tests make.

mod folder;
mod inner_repositories;
mod links_and_keys;
mod repositories;
mod status;
