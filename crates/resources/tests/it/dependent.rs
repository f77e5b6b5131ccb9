//! Fields whose choices depend on what is chosen in another field.

use axum::http::Method;
use serde_json::{Value, json};
use testkit::{Engine, on_both};

use crate::world::{World, world};

/// A section in which the city depends on the country.
async fn atlas(engine: Engine) -> World {
    let world = world(engine).await;
    let country = "action=add&meta[type]=field&meta[name]=Country&meta[field_type]=choicebox\
                   &meta[options][]=France&meta[options][]=Japan";
    world.v1(country).await;
    let city = "action=add&meta[type]=field&meta[name]=City&meta[field_type]=choicebox&meta[depends_on]=country\
                &meta[options][France][]=Paris&meta[options][France][]=Other&meta[options][Japan][]=Osaka&meta[options][Japan][]=Other";
    let added = world.v1_json(city).await;
    assert_eq!(added["success"], 1, "{added}");
    assert_eq!(added["data"]["attr"]["_options"], json!(["Paris", "Other", "Osaka", "Other"]));
    world.v1("action=add&meta[type]=section&meta[name]=S&fields[0][slug]=country&fields[1][slug]=city").await;
    world
}

async fn entry(world: &World, attrs: Value) -> (u16, Value) {
    let body = json!({"name": "E", "type": "entry", "section": "s", "attrs": attrs});
    world.v2(Method::POST, "/resources", body).await
}

on_both! {
    async fn a_choice_belongs_to_the_choice_on_which_it_depends(engine) {
        let world = atlas(engine).await;
        for attrs in [
            json!({"country": "France", "city": "Paris"}),
            json!({"country": "Japan", "city": "Other"}),
            json!({"country": "Japan"}),
            json!({}),
        ] {
            assert_eq!(entry(&world, attrs).await.0, 201);
        }
        for (attrs, detail) in [
            (json!({"country": "France", "city": "Osaka"}), "must be one of the options of its field for this choice in country: Paris, Other"),
            (json!({"city": "Osaka"}), "needs a choice in the field country, on which it depends"),
            (json!({"country": "", "city": "Osaka"}), "needs a choice in the field country, on which it depends"),
        ] {
            let (status, problem) = entry(&world, attrs.clone()).await;
            assert_eq!((status, &problem["errors"][0]), (422, &json!({"field": "attrs.city", "detail": detail})), "{attrs}");
        }
    }

    async fn a_change_of_the_one_choice_must_fit_the_other(engine) {
        let world = atlas(engine).await;
        let (_, made) = entry(&world, json!({"country": "France", "city": "Paris"})).await;
        let path = format!("/resources/{}", made["id"].as_str().unwrap());
        let change = async |attrs: Value| world.v2(Method::PATCH, &path, json!({ "attrs": attrs })).await.0;
        assert_eq!(change(json!({"country": "Japan"})).await, 422, "Paris is not in Japan");
        assert_eq!(change(json!({"country": null})).await, 422);
        assert_eq!(change(json!({"country": "Japan", "city": "Osaka"})).await, 200);
        assert_eq!(change(json!({"city": "Paris"})).await, 422);
        assert_eq!(change(json!({"country": null, "city": null})).await, 200);
    }

    async fn a_dependence_that_can_not_be_is_refused(engine) {
        let world = atlas(engine).await;
        let field = "action=add&meta[type]=field&meta[name]=X";
        let choice = format!("{field}&meta[field_type]=choicebox");
        for (form, message) in [
            (format!("{choice}&meta[depends_on]=none&meta[options][a][]=b"), "meta[depends_on]: there is no field none"),
            (format!("{choice}&meta[depends_on]=country&meta[options][]=b"), "meta[options]: of a field that depends on another one are listed by the options of that field, country"),
            (format!("{choice}&meta[depends_on]=country&meta[options][Peru][]=b"), "meta[options]: the field country has no option \"Peru\""),
            (format!("{choice}&meta[options][France][]=b"), "meta[options]: can be listed by the options of another field only when depends_on names that field"),
            (format!("{field}&meta[field_type]=text&meta[depends_on]=country"), "meta[depends_on]: is for fields of the type choicebox"),
        ] {
            assert_eq!(world.v1_json(&form).await["message"], message, "{form}");
        }
        let id = async |slug: &str| world.v1_json(&format!("action=get&slug={slug}")).await["data"][0]["id"].as_str().unwrap().to_owned();
        let ring = format!("action=update&meta[type]=field&meta[id]={}&meta[depends_on]=city&meta[options][Paris][]=France", id("country").await);
        assert_eq!(world.v1_json(&ring).await["message"], "meta[depends_on]: makes a ring, or a chain of more than 10 fields");
    }

    async fn a_field_on_which_another_one_depends_is_not_deleted_before_it(engine) {
        let world = atlas(engine).await;
        let section = world.v1_json("action=get&slug=s").await["data"][0]["id"].as_str().unwrap().to_owned();
        world.v1(&format!("action=update&meta[type]=section&meta[id]={section}&fields[]=")).await;
        assert_eq!(world.v1_json("action=get&slug=s").await["data"][0]["fields"], json!([]));
        let id = async |slug: &str| world.v1_json(&format!("action=get&slug={slug}")).await["data"][0]["id"].as_str().unwrap().to_owned();
        let (country, city) = (id("country").await, id("city").await);
        let delete = async |id: &str| world.v1_json(&format!("action=delete&id={id}")).await["message"].clone();
        let refusal = format!("Resource \"Country\" ({country}) was not deleted: another field depends on it.");
        assert_eq!(delete(&country).await, refusal);
        assert_eq!(delete(&city).await, "Resource deleted.");
        assert_eq!(delete(&country).await, "Resource deleted.");
    }
}
