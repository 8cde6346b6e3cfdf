//! Random texts for the reader of units: it never panics, and what it reads keeps its meaning when it is written, recorded and
//! read again. `HVEN_SOAK_ROUNDS` and `HVEN_SOAK_SEED` make it longer.

use hven_core::Unit;

/// Pieces of units, of texts that are nearly units, and of other alphabets.
const PIECES: [&str; 96] = [
    "m",
    "kg",
    "mg",
    "g",
    "s",
    "A",
    "K",
    "C",
    "F",
    "N",
    "P",
    "W",
    "V",
    "J",
    "U",
    "M",
    "L",
    "mol",
    "eq",
    "rad",
    "deg",
    "°",
    "º",
    "ᵒ",
    "degC",
    "degF",
    "Cel",
    "celsius",
    "deg ",
    "degrees ",
    "delta_",
    "Δ",
    "℃",
    "℉",
    "%",
    "‰",
    "ppm",
    "u",
    "a",
    "au",
    "AU",
    "IU",
    "IU]",
    "[",
    "]",
    "[IU]",
    "mm[Hg]",
    "m[H2O]",
    "[pi]",
    "{x}",
    "{",
    "}",
    "$",
    "\\mu",
    "\\",
    "^{",
    "^{-1}",
    "^",
    "**",
    "*",
    "10*",
    "10",
    "10^3",
    "10e3",
    "1e-400",
    "0",
    "1.5",
    "99999999999999",
    "-",
    "−",
    "–",
    "+",
    "1",
    "2",
    "3",
    "⁻¹",
    "²",
    "/",
    "／",
    "∕",
    " per ",
    ".",
    "·",
    "•",
    " ",
    "\u{a0}",
    "(",
    ")",
    "（",
    "㎡",
    "㎍",
    "㏗",
    "\u{212a}",
    "\u{fffd}",
    "é",
    "米",
];

/// Numbers that look random, by the method of Steele, Lea and Flood.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % bound as u64) as usize
    }
    fn text(&mut self) -> String {
        let pieces = 1 + self.below(9);
        (0..pieces)
            .map(|_| match self.below(12) {
                0 => char::from_u32(self.below(0x2_0000) as u32).unwrap_or('x').to_string(),
                _ => PIECES[self.below(PIECES.len())].to_owned(),
            })
            .collect()
    }
}

#[expect(clippy::disallowed_methods, reason = "a soak run sets the seed and the duration")]
fn setting(name: &str, usual: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

fn check(text: &str) -> Result<bool, String> {
    let read = match Unit::read(text) {
        Err(error) => {
            if let Some(what) = error.diagnostic() {
                what.render(text);
            }
            return Ok(false);
        }
        Ok(read) => read,
    };
    let written = read.unit.to_string();
    if Unit::parse(&written).as_ref() != Ok(&read.unit) {
        return Err(format!("it is written as {written:?}, which is read as {:?}", Unit::parse(&written)));
    }
    if Unit::recorded(&written).as_ref() != Ok(&read.unit) {
        return Err(format!("it is recorded as {written:?}, which means {:?}", Unit::recorded(&written)));
    }
    // Without its own spelling: the unit is written from its parts.
    if let Ok(computed) = read.unit.multiply(&Unit::one()) {
        let written = computed.to_string();
        if Unit::recorded(&written).as_ref() != Ok(&computed) || Unit::parse(&written).as_ref() != Ok(&computed) {
            return Err(format!("its parts are written as {written:?}, which is read as {:?}", Unit::parse(&written)));
        }
    }
    Ok(true)
}

#[test]
fn random_texts() {
    let (rounds, seed) = (setting("HVEN_SOAK_ROUNDS", 4_000), setting("HVEN_SOAK_SEED", 20_261_201));
    let mut random = Random(seed);
    let mut read = 0_u64;
    for round in 0..rounds {
        let text = random.text();
        match check(&text) {
            Ok(is_unit) => read += u64::from(is_unit),
            Err(why) => panic!("round {round} of seed {seed}: {text:?}: {why}"),
        }
    }
    assert!(read > rounds / 50, "only {read} of {rounds} texts are units: the test has nothing to check");
}
