//! Columns in °C and °F are stored in kelvin, whatever says the unit.

use std::{collections::HashMap, sync::Arc};

use arrow_array::{ArrayRef, Decimal128Array, Float32Array, Float64Array, Int32Array, RecordBatch, StringArray};
use arrow_schema::{Field, Schema};
use hven_core::dataset::CheckOutcome;
use hven_data::{ImportOptions, Table, import};
use parquet::{
    arrow::ArrowWriter,
    file::{metadata::KeyValue, properties::WriterProperties},
};

use super::{Imported, import_bytes, import_with, refusal};

fn with_unit(column: &str, unit: &str) -> ImportOptions {
    ImportOptions { units: [(column.to_owned(), unit.to_owned())].into(), ..ImportOptions::default() }
}
fn unit_of(found: &Imported, column: &str) -> Option<String> {
    found.table.schema().column(column)?.unit.as_ref().map(ToString::to_string)
}
fn kelvin(found: &Imported, column: &str) -> Vec<Option<f64>> {
    found.table.numbers(&[column]).expect("numbers")[0].values.clone()
}

#[test]
fn a_csv_column_in_any_spelling_is_stored_in_kelvin() {
    let table = "day,temp\n1,11.2\n2,-40.05\n3,\n4,1.2e1\n5,-273.14\n6,NaN\n";
    for unit in ["deg C", "degrees C", "° C", "ºC", "oC", "℃", "Cel", "degree_Celsius", "°c"] {
        let found = import_with(table, &with_unit("temp", unit));
        assert_eq!(kelvin(&found, "temp"), [Some(284.35), Some(233.1), None, Some(285.15), Some(0.01), None], "{unit}");
        assert_eq!(unit_of(&found, "temp").as_deref(), Some("K"), "{unit}");
        let note = format!("temp is in {unit} in the file, and stored in K: °C + 273.15");
        assert!(found.report.notes.contains(&note), "{:?}", found.report.notes);
    }
    for unit in ["℉", "[degF]", "deg F"] {
        let found = import_with("temp\n212\n32\n98.6\n0\n", &with_unit("temp", unit));
        let expect = [Some(373.15), Some(273.15), Some(310.15), Some(255.372_222_222_222_23)];
        assert_eq!(kelvin(&found, "temp"), expect, "{unit}");
    }
}

#[test]
fn the_types_of_numbers_have_room() {
    // Whole numbers become numbers of 64 bits; decimal numbers stay exact.
    let whole = import_with("temp\n20\n-5\n", &with_unit("temp", "degC"));
    assert_eq!(whole.columns(), ["temp: float64"]);
    assert_eq!(kelvin(&whole, "temp"), [Some(293.15), Some(268.15)]);
    let types = |column_type: &str| ImportOptions {
        types: [("temp".to_owned(), column_type.parse().expect("a type"))].into(),
        ..with_unit("temp", "degC")
    };
    let exact = import_with("temp\n20.125\n-5\n12.3456\n", &types("decimal(6,3)"));
    assert_eq!(exact.columns(), ["temp: decimal(7,3)"]);
    assert_eq!(exact.rows(), ["293.275", "268.150", "null"]);
    assert_eq!(exact.problems(), [r#"4:temp out_of_range "12.3456""#]);
    let said = refusal("temp\n20\n", &types("int64"));
    assert!(said.contains("°C are stored in K, which are no whole numbers: say type temp = float64"), "{said}");
    let comma = ImportOptions { decimal: Some(','), ..with_unit("temp", "degC") };
    assert_eq!(kelvin(&import_with("temp;x\n11,2;1\n0,05;2\n", &comma), "temp"), [Some(284.35), Some(273.2)]);
}

#[test]
fn checks_see_kelvin_and_cells_are_diagnosed() {
    let checks =
        ["temp > 0 [K]".to_owned(), "temp between 280 [K] and 290 [K]".to_owned(), "temp < 285 [K]".to_owned()];
    let options = ImportOptions { checks: checks.into(), ..with_unit("temp", "°C") };
    let found = import_with("temp\n11.2\n15.3\n", &options);
    let outcomes: Vec<CheckOutcome> = found.report.checks.iter().map(|check| check.outcome).collect();
    assert_eq!(outcomes, [CheckOutcome::True, CheckOutcome::True, CheckOutcome::False]);
    let found = import_with("temp\n11.2\n20°C\n3\n4\n5\n", &with_unit("temp", "°C"));
    assert_eq!(found.problems(), [r#"3:temp unit_in_cell "20°C""#]);
    let said = refusal(
        "temp\n1\n",
        &ImportOptions { checks: vec!["temp > 20 [degC]".to_owned()], ..ImportOptions::default() },
    );
    assert!(said.contains("write `293.15 [K]`; a difference is `20 [delta_degC]`"), "{said}");
}

#[test]
fn differences_are_not_shifted_and_products_are_refused() {
    let found = import_with("rise\n1.8\n", &with_unit("rise", "delta_degF"));
    assert_eq!((kelvin(&found, "rise"), unit_of(&found, "rise").as_deref()), (vec![Some(1.8)], Some("delta_degF")));
    let said = refusal("u\n1\n", &with_unit("u", "W/(m2 deg C)"));
    assert!(said.contains("write `W/(m2 K)`: a difference of 1 °C is 1 K"), "{said}");
    let said = refusal("u\n1\n", &with_unit("u", "degF d"));
    assert!(said.contains("write `delta_degF d`"), "{said}");
    for text in ["m°C", "mCel", "0.1 degC", "lg(re mg.m-3)"] {
        refusal("u\n1\n", &with_unit("u", text));
    }
}

#[test]
fn names_offer_units_in_any_bracket_with_their_doubts() {
    let found = import_bytes("temp (C),温度（℃）,面积（㎡）,depth (m),DOC (mg C/L),first (name),[x]\n1,2,3,4,5,6,7\n");
    assert!(found.table.schema().columns.iter().all(|column| column.unit.is_none()), "units of names are offered");
    for note in [
        r#"the name temp (C) seems to hold a temperature in °C: say unit "temp (C)" = "degC" to store it in K, or say unit "temp (C)" = "coulomb" if the unit is coulomb"#,
        r#"the name 温度（℃） seems to hold the unit °C; say unit "温度（℃）" = "degC" to store the column in K"#,
        r#"the name 面积（㎡） seems to hold the unit ㎡; say unit "面积（㎡）" = "m2" to use it"#,
        r#"the name depth (m) seems to hold the unit m; say unit "depth (m)" = "m" to use it"#,
        "the name DOC (mg C/L) seems to hold the unit mg C/L: `C` after `mg` seems to name an element, and as a unit it is coulomb; \
         write `mg{C}/L` for the element, or `mg coulomb/L` for the product",
    ] {
        assert!(found.report.notes.contains(&note.to_owned()), "{note}\n{:?}", found.report.notes);
    }
    assert_eq!(found.report.notes.iter().filter(|note| note.contains("seems to hold")).count(), 5);
    let taken = import_with("temp (°C)\n20\n", &with_unit("temp (°C)", "degC"));
    assert_eq!(kelvin(&taken, "temp (°C)"), [Some(293.15)]);
}

#[test]
fn doubts_are_notes_of_the_import() {
    let found = import_with("q\n1\n", &with_unit("q", "C"));
    let note = "the unit of q: `C` is read as coulomb; a temperature is written `degC` or `K`".to_owned();
    assert!(found.report.notes.contains(&note), "{:?}", found.report.notes);
    assert_eq!(unit_of(&found, "q").as_deref(), Some("C"));
}

/// A Parquet file with the unit of each column in the metadata of its field.
fn parquet(columns: Vec<(&str, &str, &str, ArrayRef)>) -> Vec<u8> {
    let field = |(name, key, unit, array): &(&str, &str, &str, ArrayRef)| {
        Field::new(*name, array.data_type().clone(), true)
            .with_metadata(HashMap::from([((*key).to_owned(), (*unit).to_owned())]))
    };
    let schema = Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<_>>()));
    let batch = RecordBatch::try_new(Arc::clone(&schema), columns.into_iter().map(|column| column.3).collect());
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, schema, None).expect("a writer");
    writer.write(&batch.expect("a batch")).expect("written");
    writer.close().expect("closed");
    bytes
}

#[test]
fn units_in_the_metadata_of_parquet_are_used_or_told() {
    let decimal = Decimal128Array::from(vec![Some(-400), None]).with_precision_and_scale(4, 1).expect("it fits");
    let bytes = parquet(vec![
        ("float", "unit", "deg C", Arc::new(Float64Array::from(vec![Some(11.2), None]))),
        ("single", "units", "degC", Arc::new(Float32Array::from(vec![Some(0.5), Some(f32::INFINITY)]))),
        ("whole", "unit", "degrees Fahrenheit", Arc::new(Int32Array::from(vec![212, 32]))),
        ("exact", "unit", "Celsius", Arc::new(decimal.clone())),
        ("exact_f", "unit", "°F", Arc::new(decimal)),
        ("odd", "unit", "furlong", Arc::new(Float64Array::from(vec![1.0, 2.0]))),
        ("text", "unit", "degC", Arc::new(StringArray::from(vec!["a", "b"]))),
    ]);
    let found = import_bytes(&bytes);
    assert_eq!(
        found.rows(),
        ["284.35 | 273.65 | 373.15 | 233.15 | 233.15 | 1.0 | a", "null | inf | 273.15 | null | null | 2.0 | b"]
    );
    let types = ["float64", "float64", "float64", "decimal(6,2)", "float64", "float64", "text"];
    let found_types: Vec<String> =
        found.report.schema.columns.iter().map(|column| column.column_type.to_string()).collect();
    assert_eq!(found_types, types);
    for note in [
        "float is in deg C in the file, and stored in K: °C + 273.15",
        "single is in degC in the file, and stored in K: °C + 273.15",
        "whole is in degrees Fahrenheit in the file, and stored in K: (°F + 459.67) · 5/9",
        "exact is in Celsius in the file, and stored in K: °C + 273.15",
        "exact_f is in °F in the file, and stored in K: (°F + 459.67) · 5/9",
    ] {
        assert!(found.report.notes.contains(&note.to_owned()), "{note}\n{:?}", found.report.notes);
    }
    let refused = "odd has no unit, because the one in the file is refused: ";
    assert!(found.report.notes.iter().any(|note| note.starts_with(refused)), "{:?}", found.report.notes);
    // The stored table is in kelvin, and is not shifted again.
    let again = found.folder.path().join("again");
    let report = import(&found.table_path(), &again, &ImportOptions::default(), &mut |_| ()).expect("imported");
    assert_eq!(report.schema, found.report.schema);
}

/// A table that an older Hven wrote opens with the meaning that its units had then.
#[test]
fn a_recorded_table_keeps_its_units() {
    let old = r#"{"schema":{"columns":[
        {"name":"heat","type":"float64","unit":"deg C","nullable":false},
        {"name":"enzyme","type":"float64","unit":"IU/L","nullable":false},
        {"name":"age","type":"float64","unit":"a.u","nullable":false}]}}"#;
    let column = || Arc::new(Float64Array::from(vec![1.0])) as ArrayRef;
    let columns = [("heat", column()), ("enzyme", column()), ("age", column())];
    let batch = RecordBatch::try_from_iter(columns).expect("a batch");
    let key_values = vec![KeyValue::new("hven.table".to_owned(), old.to_owned())];
    let properties = WriterProperties::builder().set_key_value_metadata(Some(key_values)).build();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties)).expect("a writer");
    writer.write(&batch).expect("written");
    writer.close().expect("closed");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("table.parquet");
    std::fs::write(&path, &bytes).expect("written");
    let imported = import_bytes(&bytes);
    for table in [&Table::open(&path).expect("it opens"), &imported.table] {
        let dimensions = table.schema().columns.iter().map(|column| {
            let unit = column.unit.as_ref().expect("a unit");
            (unit.to_string(), unit.dimension().to_string(), unit.is_read_otherwise().is_some())
        });
        let expect = [("deg C", "electric charge [s A]"), ("IU/L", "mol/m^3/s"), ("a.u", "kg s")];
        let expect = expect.map(|(unit, dimension)| (unit.to_owned(), dimension.to_owned(), true));
        assert_eq!(dimensions.collect::<Vec<_>>(), expect);
    }
}
