//! The panels, one a file. Each looks at a [`View`] and hands out actions; of its own it holds where it is scrolled to,
//! what is open and what is typed into its fields, nothing else.

mod branches;
pub mod compare;
pub mod hex;
mod hex_edit;
#[cfg(test)]
mod image_tests;
pub mod imports;
pub mod listing;
pub mod machine;
mod members;
#[cfg(test)]
mod op_tests;
mod op_tip;
pub mod opcodes;
pub mod pickled;
#[cfg(test)]
mod plot_tests;
pub mod problems;
mod thumbs;
mod torn;
pub mod value;
pub mod values;
pub mod what_if;

use super::Tokens;
use crate::interpret::Verdict;
use crate::session::{Action, Panel, View};
use crate::source::Severity;
use eframe::egui::{Color32, Ui};

/// All panels.
#[derive(Default)]
pub struct Panels {
    /// The tree of values.
    pub values: values::ValuesPanel,
    /// The tree of opcodes.
    pub opcodes: opcodes::OpcodesPanel,
    /// The disassembly.
    pub listing: listing::ListingPanel,
    /// The selected value.
    pub value: value::ValuePanel,
    /// Bytes read as an array by guess.
    pub what_if: what_if::WhatIfPanel,
    /// How it is pickled.
    pub pickled: pickled::PickledPanel,
    /// The bytes.
    pub hex: hex::HexPanel,
    /// Stack, memo and marks.
    pub machine: machine::MachinePanel,
    /// What is wrong.
    pub problems: problems::ProblemsPanel,
    /// What loading would import.
    pub imports: imports::ImportsPanel,
    /// What is different between two files.
    pub compare: compare::ComparePanel,
}

impl Panels {
    /// Draws a panel into all the space there is.
    pub fn ui(&mut self, panel: Panel, ui: &mut Ui, view: &View<'_>, out: &mut Vec<Action>) {
        match panel {
            Panel::Values => self.values.ui(ui, view, out),
            Panel::Opcodes => self.opcodes.ui(ui, view, out),
            Panel::Listing => self.listing.ui(ui, view, out),
            Panel::Value => self.value.ui(ui, view, out),
            Panel::WhatIf => self.what_if.ui(ui, view, out),
            Panel::Pickled => self.pickled.ui(ui, view, out),
            Panel::Hex => self.hex.ui(ui, view, out),
            Panel::Machine => self.machine.ui(ui, view, out),
            Panel::Problems => self.problems.ui(ui, view, out),
            Panel::Imports => self.imports.ui(ui, view, out),
            Panel::Compare => self.compare.ui(ui, view, out),
        }
    }

    /// What a panel's tab says beside its title, and in which colour.
    pub fn badge(&self, panel: Panel, view: &View<'_>, t: &Tokens) -> Option<(String, Color32)> {
        match panel {
            Panel::Problems => {
                let n = view.stream?.problems.len() + view.doc.map_or(0, |d| d.problems.len());
                let color = match view.worst() {
                    Some(Severity::Error) => t.error,
                    Some(Severity::Warning) => t.warning,
                    _ => t.note,
                };
                (n > 0).then(|| (n.to_string(), color))
            }
            Panel::Imports => {
                let imports = view.session.imports(view.place).ready()?;
                let n = imports.findings.iter().filter(|f| f.verdict > Verdict::Safe).count();
                let (_, color, _) = imports::mark(imports.verdict, t);
                (n > 0).then(|| (n.to_string(), color))
            }
            _ => None,
        }
    }
}
