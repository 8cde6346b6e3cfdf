//! Users, roles, tokens and projects.

use hven_api::{
    access::{
        LoginLink, Me, Member, NewLoginLink, NewProject, NewToken, NewUser, Project, RemoveMember, SetMember, Token,
        TokenCreated, User, UserRemoved,
    },
    page::Page,
};
use serde::de::IgnoredAny;
use ureq::http::Method;

use crate::{
    Client, Result,
    query::{Query, escape},
    transport::Call,
};

impl Client {
    pub fn me(&self) -> Result<Me> {
        self.get("/me")
    }

    /// Creates a link that opens a browser session once; `next` is the page to show.
    pub fn login_link(&self, next: Option<String>) -> Result<LoginLink> {
        self.post("/auth/links", &NewLoginLink { next })
    }

    pub fn users(&self) -> Result<Page<User>> {
        self.get("/users")
    }

    pub fn add_user(&self, user: &NewUser) -> Result<User> {
        self.post("/users", user)
    }

    /// Removes all roles, tokens and browser sessions of a user, named by id.
    pub fn remove_user(&self, id: &str) -> Result<UserRemoved> {
        self.answer(&Call::new(Method::DELETE, format!("/users/{}", escape(id))))
    }

    pub fn projects(&self) -> Result<Page<Project>> {
        self.get("/projects")
    }

    pub fn add_project(&self, project: &NewProject) -> Result<Project> {
        self.post("/projects", project)
    }

    /// The users with a role in a project, or in the whole home.
    pub fn members(&self, project: Option<&str>) -> Result<Page<Member>> {
        let mut query = Query::default();
        query.add_some("project", project);
        self.get(query.below("/members"))
    }

    /// The members of all projects that the caller may see.
    pub fn members_everywhere(&self) -> Result<Page<Member>> {
        self.get("/members?everywhere=true")
    }

    pub fn set_member(&self, member: &SetMember) -> Result<()> {
        self.send::<IgnoredAny>(Method::PUT, "/members", member).map(|_| ())
    }

    pub fn remove_member(&self, member: &RemoveMember) -> Result<()> {
        self.send::<IgnoredAny>(Method::DELETE, "/members", member).map(|_| ())
    }

    pub fn tokens(&self) -> Result<Page<Token>> {
        self.get("/tokens")
    }

    /// The tokens of a user, named by id; only for owners of the home.
    pub fn tokens_of(&self, user: &str) -> Result<Page<Token>> {
        let mut query = Query::default();
        query.add("user", user);
        self.get(query.below("/tokens"))
    }

    /// The tokens of all users; only for owners of the home.
    pub fn tokens_of_all(&self) -> Result<Page<Token>> {
        self.get("/tokens?everyone=true")
    }

    pub fn create_token(&self, token: &NewToken) -> Result<TokenCreated> {
        self.post("/tokens", token)
    }

    pub fn revoke_token(&self, id: &str) -> Result<()> {
        self.answer::<IgnoredAny>(&Call::new(Method::DELETE, format!("/tokens/{}", escape(id)))).map(|_| ())
    }
}
