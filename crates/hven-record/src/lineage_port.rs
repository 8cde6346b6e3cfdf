//! Implements the port [`Lineages`]: the graph of a home, kept up to date, and the statements about its nodes.

use std::sync::{PoisonError, atomic::Ordering};

use async_trait::async_trait;
use hven_app::ports::{
    StoreResult,
    soundness::{
        Direction, IndependenceView, Joined, Lineages, OverrideView, PlainNodeView, Reach, RetractionView,
        RunRepairView, WalkLimits, WalkResult,
    },
};
use hven_core::{
    Digest, RunId,
    soundness::{NodeId, Soundness},
};

use crate::{
    home::Home,
    lineage::{Graph, NodeIndex},
    sql::{Connection, SqlResult},
    views::{lineage, plain, soundness},
};

impl Home {
    /// Queries the graph in the state of the record that the reader sees.
    async fn graph<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&Graph, &mut Connection) -> SqlResult<T> + Send + 'static,
    ) -> StoreResult<T> {
        // Read before the reader's state is fixed: if the views are rebuilt meanwhile, the graph is read again.
        let generation = self.inner.shared.generation.load(Ordering::Acquire);
        let inner = std::sync::Arc::clone(&self.inner);
        let answer = move |sql: &mut Connection| {
            let mut known = inner.graphs.0.lock().unwrap_or_else(PoisonError::into_inner);
            // The graph is taken out during the update, so that an error leaves no half-updated graph.
            let graph = match known.take() {
                Some(mut graph) if graph.generation == generation => {
                    graph.catch_up(sql)?;
                    graph
                }
                _ => Graph::read(sql, generation)?,
            };
            let answer = ask(&graph, sql);
            *known = Some(graph);
            Ok(answer?)
        };
        self.inner.readers.read(answer).await
    }
}

#[async_trait]
impl Lineages for Home {
    async fn is_anything_retracted(&self) -> StoreResult<bool> {
        self.inner.readers.read(|sql: &mut Connection| Ok(soundness::is_anything_retracted(sql)?)).await
    }

    async fn soundness(&self, nodes: &[NodeId]) -> StoreResult<Vec<Soundness>> {
        if nodes.is_empty() || !self.is_anything_retracted().await? {
            return Ok(vec![Soundness::Sound; nodes.len()]);
        }
        let nodes = nodes.to_vec();
        self.graph(move |graph, sql| {
            let places = graph.places_of(&nodes, sql)?;
            let of = |place: Option<NodeIndex>| place.map_or(Soundness::Sound, |place| graph.soundness[place as usize]);
            Ok(places.into_iter().map(of).collect())
        })
        .await
    }

    async fn causes(&self, nodes: &[NodeId]) -> StoreResult<Vec<Vec<NodeId>>> {
        let nodes = nodes.to_vec();
        self.graph(move |graph, sql| {
            let places = graph.places_of(&nodes, sql)?.into_iter();
            Ok(places.map(|place| place.map_or_else(Vec::new, |place| graph.cause(place))).collect())
        })
        .await
    }

    async fn cause(&self, node: NodeId) -> StoreResult<Vec<NodeId>> {
        Ok(self.causes(&[node]).await?.pop().unwrap_or_default())
    }

    async fn reach(&self, of: NodeId, direction: Direction, from: usize, limit: usize) -> StoreResult<Reach> {
        self.graph(move |graph, sql| {
            let place = graph.place_of(of, sql)?;
            Ok(place.map_or_else(Reach::default, |place| graph.reach(place, direction, from, limit)))
        })
        .await
    }

    async fn walk(&self, from: &[NodeId], direction: Direction, limits: WalkLimits) -> StoreResult<WalkResult> {
        let from = from.to_vec();
        self.graph(move |graph, sql| {
            let places: Vec<NodeIndex> = graph.places_of(&from, sql)?.into_iter().flatten().collect();
            Ok(graph.walk(&places, direction, limits))
        })
        .await
    }

    async fn direct_sources(&self, of: NodeId) -> StoreResult<Vec<NodeId>> {
        self.inner.readers.read(move |sql| Ok(lineage::direct_sources(sql, of)?)).await
    }

    async fn joined(&self, of: NodeId, on: NodeId) -> StoreResult<Joined> {
        self.graph(move |graph, sql| {
            Ok(match (graph.place_of(of, sql)?, graph.place_of(on, sql)?) {
                (Some(of), Some(on)) => graph.joined(of, on),
                _ => Joined::Not,
            })
        })
        .await
    }

    async fn sources(&self, digests: &[Digest], imports: bool) -> StoreResult<Vec<NodeId>> {
        let digests = digests.to_vec();
        self.inner.readers.read(move |sql| Ok(lineage::sources(sql, &digests, imports)?)).await
    }

    async fn retraction(&self, node: NodeId) -> StoreResult<Option<RetractionView>> {
        Ok(self.retractions(&[node]).await?.pop())
    }

    async fn retractions(&self, nodes: &[NodeId]) -> StoreResult<Vec<RetractionView>> {
        let nodes = nodes.to_vec();
        self.inner.readers.read(move |sql| Ok(soundness::retractions(sql, &nodes)?)).await
    }

    async fn independences(&self, node: NodeId) -> StoreResult<Vec<IndependenceView>> {
        self.inner.readers.read(move |sql| Ok(soundness::independences(sql, node)?)).await
    }

    async fn plain_nodes(&self, nodes: &[NodeId]) -> StoreResult<Vec<PlainNodeView>> {
        let nodes = nodes.to_vec();
        self.inner.readers.read(move |sql| Ok(plain::many(sql, &nodes)?)).await
    }

    async fn plain_nodes_named(&self, noun: &str, name: &str) -> StoreResult<Vec<PlainNodeView>> {
        let (noun, name) = (noun.to_owned(), name.to_owned());
        self.inner.readers.read(move |sql| Ok(plain::named(sql, &noun, &name)?)).await
    }

    async fn overrides(&self, node: NodeId, limit: usize) -> StoreResult<Vec<OverrideView>> {
        self.inner.readers.read(move |sql| Ok(soundness::overrides(sql, node, limit)?)).await
    }

    async fn repairs(&self, run: RunId) -> StoreResult<Vec<RunRepairView>> {
        self.inner.readers.read(move |sql| Ok(soundness::repairs(sql, run)?)).await
    }
}
