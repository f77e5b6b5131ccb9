//! Blocks in API v2, below `/ipam/netblocks`.

mod assign;
mod lookup;
mod manage;
mod past;
pub(crate) mod query;
mod unassign_all;
pub(crate) mod value;

use api_v2::Routes;
use utoipa_axum::routes;

use crate::Ipam;

pub(crate) use manage::key;

/// The operations on blocks.
pub(crate) fn routes(ipam: &Ipam) -> Routes {
    Routes::new().merge(
        utoipa_axum::router::OpenApiRouter::new()
            .routes(routes!(lookup::list_netblocks, manage::add_netblock))
            .routes(routes!(assign::smart_assign_netblock))
            .routes(routes!(lookup::get_netblock, manage::update_netblock, manage::delete_netblock))
            .routes(routes!(assign::direct_assign_netblock))
            .routes(routes!(assign::unassign_netblock))
            .routes(routes!(assign::move_netblock))
            .routes(routes!(assign::reserve_netblock))
            .routes(routes!(assign::release_netblock))
            .routes(routes!(unassign_all::unassign_all_ips))
            .routes(routes!(assign::override_holding_of_netblock))
            .routes(routes!(assign::process_holding_tank))
            .routes(routes!(manage::split_netblock))
            .routes(routes!(manage::aggregate_netblock))
            .routes(routes!(lookup::get_netblock_options))
            .routes(routes!(lookup::list_netblock_children))
            .routes(routes!(lookup::get_first_available))
            .routes(routes!(past::list_netblock_history))
            .routes(routes!(past::compare_netblock))
            .routes(routes!(past::list_holders))
            .routes(routes!(lookup::get_netblock_resource_hierarchy))
            .with_state(ipam.clone()),
    )
}
