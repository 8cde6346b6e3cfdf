//! Tests of how many may be connected.

use futures::FutureExt;
use hven_core::UserId;

use super::*;

fn enter(connections: &Arc<Connections>) -> Option<Place> {
    let address = "127.0.0.1:1".parse().expect("an address");
    connections.try_enter(address, address)
}

fn is_evicted(place: &Place) -> bool {
    place.0.evicted().now_or_never().is_some()
}

#[test]
fn the_stranger_that_is_idle_for_the_longest_goes_first() {
    let connections = Connections::with_grace(6, Duration::ZERO);
    let places: Vec<_> = (0..3).map(|_| enter(&connections).expect("room")).collect();
    // The first is answered, the second was answered just now.
    places[0].0.note_whole();
    places[1].0.note_whole();
    places[1].0.note_answered();
    let more = enter(&connections).expect("room");
    assert_eq!(places.iter().map(is_evicted).collect::<Vec<_>>(), [false, false, true]);
    places[1].0.note_whole();
    more.0.note_whole();
    let _next = enter(&connections).expect("room");
    assert!(is_evicted(&places[0]), "when all are answered, the oldest goes");
}

#[test]
fn half_a_request_leaves_its_sender_idle() {
    let connections = Connections::with_grace(4, Duration::ZERO);
    let places: Vec<_> = (0..2).map(|_| enter(&connections).expect("room")).collect();
    // The first was refused before its request was whole, the second had a whole answer.
    places[0].0.note_answered();
    places[1].0.note_whole();
    places[1].0.note_answered();
    let _next = enter(&connections).expect("room");
    assert!(is_evicted(&places[0]) && !is_evicted(&places[1]));
}

#[test]
fn a_wrong_token_protects_nobody() {
    let connections = Connections::with_grace(6, Duration::ZERO);
    let places: Vec<_> = (0..3).map(|_| enter(&connections).expect("room")).collect();
    // The last is examined and answered without a pause, but its first token was wrong.
    places[2].0.note_refused();
    places[2].0.note_whole();
    let _examined = places.iter().map(|place| place.0.examine()).collect::<Vec<_>>();
    let _next = enter(&connections).expect("room");
    assert_eq!(places.iter().map(is_evicted).collect::<Vec<_>>(), [false, false, true]);
}

#[test]
fn with_a_token_those_that_are_known_by_it_are_strangers_again() {
    let connections = Connections::with_grace(4, Duration::ZERO);
    let places: Vec<_> = (0..4)
        .map(|number| {
            let place = enter(&connections).expect("room");
            place.0.know(if number == 0 { "good" } else { "dead" }, None).expect("room");
            place
        })
        .collect();
    // The second has shown another token since.
    places[1].0.know("good", None).expect("room");
    assert!(enter(&connections).is_none(), "all places are taken by known ones");
    assert_eq!(connections.tokens(), HashSet::from(["good", "dead"].map(Token::new)));
    connections.forget(&Token::new("dead"));
    assert_eq!(connections.tokens(), HashSet::from([Token::new("good")]));
    assert_eq!(places.iter().map(|place| place.0.is_known()).collect::<Vec<_>>(), [true, true, false, false]);
    places[3].0.know("good", None).expect("room");
    let _next = enter(&connections).expect("a stranger made room");
    assert_eq!(places.iter().map(is_evicted).collect::<Vec<_>>(), [false, false, true, false]);
}

#[test]
fn strangers_never_hold_more_than_half_and_the_oldest_goes_first() {
    let connections = Connections::with_grace(8, Duration::ZERO);
    let places: Vec<_> = (0..5).map(|_| enter(&connections).expect("room")).collect();
    let evicted: Vec<bool> = places.iter().map(is_evicted).collect();
    assert_eq!(evicted, [true, false, false, false, false]);
    // Known ones take no place of the strangers' half.
    places[1].0.know("good", None).expect("room");
    places[2].0.know("good", None).expect("room");
    let more: Vec<_> = (0..2).map(|_| enter(&connections).expect("room")).collect();
    assert!(places[1..].iter().chain(&more).all(|place| !is_evicted(place)));
    let _last = enter(&connections).expect("room");
    assert!(!is_evicted(&places[1]) && !is_evicted(&places[2]) && is_evicted(&places[3]));
}

#[test]
fn a_stranger_has_time_to_show_its_token() {
    let connections = Connections::with_grace(4, Duration::from_millis(50));
    let places: Vec<_> = (0..2).map(|_| enter(&connections).expect("room")).collect();
    places[0].0.note_awaited();
    places[1].0.note_awaited();
    assert!(enter(&connections).is_none(), "both may be about to ask");
    let examined = places[0].0.examine();
    std::thread::sleep(Duration::from_millis(60));
    let _next = enter(&connections).expect("one made room");
    assert!(!is_evicted(&places[0]) && is_evicted(&places[1]), "a token of the first is looked at");
    drop(examined);
    let _another = enter(&connections).expect("the first made room");
    assert!(is_evicted(&places[0]));
}

#[test]
fn known_ones_stay_and_who_comes_then_waits() {
    let connections = Connections::with_grace(4, Duration::ZERO);
    let mut known: Vec<_> = (0..4)
        .map(|_| {
            let place = enter(&connections).expect("room");
            place.0.know("good", None).expect("room");
            place
        })
        .collect();
    assert!(enter(&connections).is_none(), "all places are taken by known ones");
    assert!(known.iter().all(|place| !is_evicted(place)));
    known.pop();
    let stranger = enter(&connections).expect("room");
    // At the limit a stranger makes room for the next.
    let next = enter(&connections).expect("room");
    assert!(is_evicted(&stranger));
    // What was evicted and is known too late stays out.
    stranger.0.know("good", None).expect("room");
    drop((known, next, stranger));
    assert_eq!(connections.open().count(), 0);
    assert!(connections.empty().now_or_never().is_some());
}

#[test]
fn guests_leave_places_for_the_owner_and_the_runners() {
    let connections = Connections::with_grace(16, Duration::ZERO);
    let guest = |number: u128| Some(ActorId::from(UserId::from_u128(number)));
    let known = |by: Option<ActorId>| {
        let place = enter(&connections).expect("room");
        place.0.know("good", by).map(|()| place)
    };
    let mut places = Vec::new();
    for number in 0..6 {
        places.extend([known(guest(number)), known(guest(number))].map(|place| place.expect("room for two")));
        assert_eq!(known(guest(number)).err(), Some(Crowded::ByOne(2)));
    }
    assert_eq!(known(guest(6)).err(), Some(Crowded::ByAll(12)));
    // More requests through a connection that is known are no more connections.
    assert_eq!(places[0].0.know("another", guest(0)), Ok(()));
    assert_eq!(places[0].0.know("good", guest(1)), Err(Crowded::ByOne(2)), "one has all that one may have");
    let kept: Vec<_> = (0..4).map(|_| known(None).expect("kept for the owner")).collect();
    assert_eq!(connections.open().known.len(), 16);
    // What ends, or is known by a dead token, makes room.
    drop(kept);
    places.truncate(11);
    places.push(known(guest(6)).expect("room for another"));
    connections.forget(&Token::new("another"));
    assert_eq!(connections.open().guests.values().sum::<usize>(), 11);
    drop(places);
    assert!(connections.open().guests.is_empty());
}
