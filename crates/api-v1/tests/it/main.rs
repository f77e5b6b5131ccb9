//! API v1 through its door.

#[cfg(test)]
mod door;
#[cfg(test)]
mod params;
