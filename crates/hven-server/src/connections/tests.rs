//! Tests of the limits on connections.

use futures::FutureExt;
use hven_core::UserId;

use super::*;

fn enter(connections: &Arc<Connections>) -> Option<ConnectionSlot> {
    let address = "127.0.0.1:1".parse().expect("an address");
    connections.try_enter(address, address)
}

fn is_evicted(slot: &ConnectionSlot) -> bool {
    slot.0.evicted().now_or_never().is_some()
}

#[test]
fn the_longest_idle_stranger_is_evicted_first() {
    let connections = Connections::with_grace(6, Duration::ZERO);
    let slots: Vec<_> = (0..3).map(|_| enter(&connections).expect("room")).collect();
    // The server is answering the first, and has just answered the second.
    slots[0].0.note_whole();
    slots[1].0.note_whole();
    slots[1].0.note_answered();
    let more = enter(&connections).expect("room");
    assert_eq!(slots.iter().map(is_evicted).collect::<Vec<_>>(), [false, false, true]);
    slots[1].0.note_whole();
    more.0.note_whole();
    let _next = enter(&connections).expect("room");
    assert!(is_evicted(&slots[0]), "when all are answered, the oldest goes");
}

#[test]
fn an_incomplete_request_leaves_its_sender_idle() {
    let connections = Connections::with_grace(4, Duration::ZERO);
    let slots: Vec<_> = (0..2).map(|_| enter(&connections).expect("room")).collect();
    // The first was refused before its request was complete. The second got its answer.
    slots[0].0.note_answered();
    slots[1].0.note_whole();
    slots[1].0.note_answered();
    let _next = enter(&connections).expect("room");
    assert!(is_evicted(&slots[0]) && !is_evicted(&slots[1]));
}

#[test]
fn a_wrong_token_does_not_protect_from_eviction() {
    let connections = Connections::with_grace(6, Duration::ZERO);
    let slots: Vec<_> = (0..3).map(|_| enter(&connections).expect("room")).collect();
    // The server checks and answers the last one without a pause, but its first token was wrong.
    slots[2].0.note_refused();
    slots[2].0.note_whole();
    let _examined = slots.iter().map(|slot| slot.0.start_token_check()).collect::<Vec<_>>();
    let _next = enter(&connections).expect("room");
    assert_eq!(slots.iter().map(is_evicted).collect::<Vec<_>>(), [false, false, true]);
}

#[test]
fn connections_of_an_invalid_token_are_strangers_again() {
    let connections = Connections::with_grace(4, Duration::ZERO);
    let slots: Vec<_> = (0..4)
        .map(|number| {
            let slot = enter(&connections).expect("room");
            slot.0.note_valid_token(if number == 0 { "good" } else { "dead" }, None).expect("room");
            slot
        })
        .collect();
    // The second shows another token.
    slots[1].0.note_valid_token("good", None).expect("room");
    assert!(enter(&connections).is_none(), "all slots are taken by known ones");
    assert_eq!(connections.tokens(), HashSet::from(["good", "dead"].map(Token::new)));
    connections.forget(&Token::new("dead"));
    assert_eq!(connections.tokens(), HashSet::from([Token::new("good")]));
    assert_eq!(slots.iter().map(|slot| slot.0.is_known()).collect::<Vec<_>>(), [true, true, false, false]);
    slots[3].0.note_valid_token("good", None).expect("room");
    let _next = enter(&connections).expect("a stranger made room");
    assert_eq!(slots.iter().map(is_evicted).collect::<Vec<_>>(), [false, false, true, false]);
}

#[test]
fn strangers_never_hold_more_than_half_and_the_oldest_is_evicted_first() {
    let connections = Connections::with_grace(8, Duration::ZERO);
    let slots: Vec<_> = (0..5).map(|_| enter(&connections).expect("room")).collect();
    let evicted: Vec<bool> = slots.iter().map(is_evicted).collect();
    assert_eq!(evicted, [true, false, false, false, false]);
    // KnownConnection connections take no slot in the strangers' half.
    slots[1].0.note_valid_token("good", None).expect("room");
    slots[2].0.note_valid_token("good", None).expect("room");
    let more: Vec<_> = (0..2).map(|_| enter(&connections).expect("room")).collect();
    assert!(slots[1..].iter().chain(&more).all(|slot| !is_evicted(slot)));
    let _last = enter(&connections).expect("room");
    assert!(!is_evicted(&slots[1]) && !is_evicted(&slots[2]) && is_evicted(&slots[3]));
}

#[test]
fn a_stranger_has_time_to_show_its_token() {
    let connections = Connections::with_grace(4, Duration::from_millis(50));
    let slots: Vec<_> = (0..2).map(|_| enter(&connections).expect("room")).collect();
    slots[0].0.note_awaited();
    slots[1].0.note_awaited();
    assert!(enter(&connections).is_none(), "both may be about to send a request");
    let examined = slots[0].0.start_token_check();
    std::thread::sleep(Duration::from_millis(60));
    let _next = enter(&connections).expect("one made room");
    assert!(!is_evicted(&slots[0]) && is_evicted(&slots[1]), "the first one's token is being checked");
    drop(examined);
    let _another = enter(&connections).expect("the first made room");
    assert!(is_evicted(&slots[0]));
}

#[test]
fn known_connections_stay_and_new_ones_wait() {
    let connections = Connections::with_grace(4, Duration::ZERO);
    let mut known: Vec<_> = (0..4)
        .map(|_| {
            let slot = enter(&connections).expect("room");
            slot.0.note_valid_token("good", None).expect("room");
            slot
        })
        .collect();
    assert!(enter(&connections).is_none(), "all slots are taken by known ones");
    assert!(known.iter().all(|slot| !is_evicted(slot)));
    known.pop();
    let stranger = enter(&connections).expect("room");
    // At the limit, a stranger makes room for the next one.
    let next = enter(&connections).expect("room");
    assert!(is_evicted(&stranger));
    // An evicted connection that shows its token too late gets no slot.
    stranger.0.note_valid_token("good", None).expect("room");
    drop((known, next, stranger));
    assert_eq!(connections.open().count(), 0);
    assert!(connections.until_empty().now_or_never().is_some());
}

#[test]
fn guests_leave_places_for_the_owner_and_the_runners() {
    let connections = Connections::with_grace(16, Duration::ZERO);
    let guest = |number: u128| Some(ActorId::from(UserId::from_u128(number)));
    let known = |by: Option<ActorId>| {
        let slot = enter(&connections).expect("room");
        slot.0.note_valid_token("good", by).map(|()| slot)
    };
    let mut slots = Vec::new();
    for number in 0..6 {
        slots.extend([known(guest(number)), known(guest(number))].map(|slot| slot.expect("room for two")));
        assert_eq!(known(guest(number)).err(), Some(TooManyConnections::ByGuest(2)));
    }
    assert_eq!(known(guest(6)).err(), Some(TooManyConnections::ByAllGuests(12)));
    // More requests on a known connection do not count as more connections.
    assert_eq!(slots[0].0.note_valid_token("another", guest(0)), Ok(()));
    assert_eq!(
        slots[0].0.note_valid_token("good", guest(1)),
        Err(TooManyConnections::ByGuest(2)),
        "this guest is at its limit"
    );
    let kept: Vec<_> = (0..4).map(|_| known(None).expect("kept for the owner")).collect();
    assert_eq!(connections.open().known.len(), 16);
    // A connection that ends, or whose token becomes invalid, makes room.
    drop(kept);
    slots.truncate(11);
    slots.push(known(guest(6)).expect("room for another"));
    connections.forget(&Token::new("another"));
    assert_eq!(connections.open().guests.values().sum::<usize>(), 11);
    drop(slots);
    assert!(connections.open().guests.is_empty());
}
