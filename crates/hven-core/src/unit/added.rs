//! Units that were added after units were first recorded: those of UCUM for laboratories and for trade, and differences of
//! temperatures. Their names were no units before, so that recorded texts keep their meaning.

use super::{
    definition::{Definition::As, Line},
    prefix::AllowedPrefixes::{All, No},
};

/// Lines as in the table of the older units.
pub(super) const ADDED: &[Line] = &[
    // Temperature: differences, and the scale of Rankine, whose zero is that of kelvin.
    ("delta_degC", "", No, As("K")),
    ("delta_degF", "", No, As("5 K/9")),
    ("[degR]", "rankine", No, As("5 K/9")),
    // Laboratories.
    ("eq Eq", "equivalent", All, As("mol")),
    ("osm Osm", "osmole", All, As("mol")),
    ("m[H2O]", "", All, As("9806.65 Pa")),
    ("m[Hg]", "", All, As("1000 mmHg")),
    ("[in_i'H2O] inH2O", "", No, As("249.08891 Pa")),
    ("[MET]", "", No, As("3.5 mL/min/kg")),
    ("[PRU]", "", No, As("mmHg s/mL")),
    ("[drp]", "", No, As("mL/20")),
    ("[Ch]", "", No, As("mm/3")),
    ("[diop]", "diopter dioptre", No, As("1/m")),
    ("mho", "", All, As("S")),
    ("[cal_IT] cal_IT", "", All, As("4.1868 J")),
    // Length and area of the United States and Britain.
    ("[ft_us]", "", No, As("1200 m/3937")),
    ("[fth_i]", "fathom", No, As("6 ft")),
    ("[mil_i]", "", No, As("10^-3 in")),
    ("[sin_i]", "", No, As("in^2")),
    ("[sft_i]", "", No, As("ft^2")),
    ("[syd_i]", "", No, As("yd^2")),
    ("[cin_i]", "", No, As("in^3")),
    ("[cft_i]", "", No, As("ft^3")),
    ("[cyd_i]", "", No, As("yd^3")),
    ("[mesh_i]", "", No, As("1/in")),
    // Volume.
    ("[gal_us]", "", No, As("231 in^3")),
    ("[bbl_us]", "", No, As("9702 in^3")),
    ("[qt_us]", "", No, As("[gal_us]/4")),
    ("[pt_us]", "", No, As("[gal_us]/8")),
    ("[cup_us]", "", No, As("[gal_us]/16")),
    ("[foz_us]", "", No, As("[gal_us]/128")),
    ("[tbs_us]", "", No, As("[gal_us]/256")),
    ("[tsp_us]", "", No, As("[gal_us]/768")),
    ("[gal_br]", "", No, As("4.54609 L")),
    ("[pt_br]", "", No, As("[gal_br]/8")),
    ("[foz_br]", "", No, As("[gal_br]/160")),
    // Mass.
    ("[gr]", "", No, As("64.79891 mg")),
    ("[pwt_tr]", "", No, As("24 [gr]")),
    ("[oz_tr]", "", No, As("480 [gr]")),
    ("[lb_tr]", "", No, As("5760 [gr]")),
    ("[ston_av]", "", No, As("2000 lb")),
    ("[lton_av]", "", No, As("2240 lb")),
    ("[stone_av]", "", No, As("14 lb")),
    ("tex", "", All, As("g/km")),
    ("[HP]", "", No, As("hp")),
];
