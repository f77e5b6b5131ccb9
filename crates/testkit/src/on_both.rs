//! One body, two tests.

/// Makes a test on each engine, `name::sqlite` and `name::postgres`, of a function that takes an
/// [`Engine`](crate::Engine): either of functions that stand elsewhere, by their names, or of one written inside.
///
/// ```
/// use testkit::Engine;
///
/// async fn it_opens(engine: Engine) {
///     engine.database(store::Setup::default()).await;
/// }
/// testkit::on_both!(it_opens);
///
/// testkit::on_both! {
///     async fn it_opens_again(engine) {
///         engine.database(store::Setup::default()).await;
///     }
/// }
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {$(
        mod $name {
            #[$crate::tokio::test(flavor = "multi_thread", worker_threads = 2, crate = "testkit::tokio")]
            async fn sqlite() {
                super::$name($crate::Engine::Sqlite).await;
            }

            #[$crate::tokio::test(flavor = "multi_thread", worker_threads = 2, crate = "testkit::tokio")]
            async fn postgres() {
                super::$name($crate::Engine::Postgres).await;
            }
        }
    )+};
    ($($(#[$meta:meta])* async fn $name:ident($engine:ident) $body:block)+) => {
        $($(#[$meta])* async fn $name($engine: $crate::Engine) $body)+
        $crate::on_both!($($name),+);
    };
}
