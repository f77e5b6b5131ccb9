//! The tree of resources, through its functions and through both of its doors, on both engines.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its functions as well")]

mod attachments;
mod backups;
mod contact_imports;
mod contacts;
mod deletion;
mod dependent;
mod encrypted;
mod exporting;
mod finding;
mod importing;
mod links;
mod moving;
mod old_door;
mod past;
mod races;
mod rest_attributes;
mod rest_changes;
mod rest_door;
mod rest_links;
mod rest_tree;
mod rights;
mod searching;
mod sections;
mod start;
mod viewing;
mod world;
