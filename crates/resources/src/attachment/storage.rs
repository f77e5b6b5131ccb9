//! Where the files are: a directory, or a bucket of S3 or of what speaks like it.

use std::{fmt, path::Path, sync::Arc};

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, stream::BoxStream};
use kernel::{Error, Result};
use object_store::{
    ObjectStore, ObjectStoreExt as _, aws::AmazonS3Builder, buffered::BufWriter, local::LocalFileSystem,
    memory::InMemory, path::Path as Name, prefix::PrefixStore,
};
use tokio::io::AsyncWriteExt as _;

use super::inspect::{Content, Inspector};

/// How large a file may be when nobody says otherwise: 25 MiB.
const LARGEST: u64 = 25 << 20;
/// With what the URL of a bucket begins.
const S3: &str = "s3://";

/// A place for files.
#[derive(Debug, Clone)]
pub struct Storage {
    objects: Option<Arc<dyn ObjectStore>>,
    /// As people name it.
    place: String,
    /// The largest file, in bytes.
    pub(super) largest: u64,
}

impl Storage {
    /// No place: nothing can be attached.
    pub fn none() -> Self {
        Self { objects: None, place: "nowhere".to_owned(), largest: LARGEST }
    }

    /// The memory of this process, for tests.
    pub fn memory() -> Self {
        Self::of(InMemory::new(), "memory".to_owned())
    }

    /// A directory, which is made when it is missing. What was written there is on disk.
    pub fn directory(directory: &Path) -> Result<Self> {
        let unusable =
            |error: String| Error::conflict(format!("{} can't hold attachments: {error}", directory.display()));
        std::fs::create_dir_all(directory).map_err(|error| unusable(error.to_string()))?;
        let objects = LocalFileSystem::new_with_prefix(directory).map_err(|error| unusable(error.to_string()))?;
        Ok(Self::of(objects.with_fsync(true), directory.display().to_string()))
    }

    /// `s3://bucket/prefix`, with the keys, the region and the endpoint in the usual variables of AWS
    /// (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_REGION`, `AWS_ENDPOINT_URL`, ...); or a directory.
    pub fn parse(place: &str) -> Result<Self> {
        match place.strip_prefix(S3) {
            Some(rest) => Self::bucket(rest, AmazonS3Builder::from_env()),
            None if place.contains("://") => {
                Err(Error::conflict("Attachments are kept in a directory, or in a bucket: s3://bucket/prefix"))
            }
            None => Self::directory(Path::new(place)),
        }
    }

    fn bucket(rest: &str, settings: AmazonS3Builder) -> Result<Self> {
        let place = format!("{S3}{rest}");
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let unusable = |error: String| Error::conflict(format!("{place} can't hold attachments: {error}"));
        if bucket.is_empty() {
            return Err(unusable("it names no bucket".to_owned()));
        }
        let prefix = Name::parse(prefix.trim_end_matches('/')).map_err(|error| unusable(error.to_string()))?;
        let objects = settings.with_bucket_name(bucket).build().map_err(|error| unusable(error.to_string()))?;
        Ok(Self::of(PrefixStore::new(objects, prefix), place))
    }

    fn of(objects: impl ObjectStore, place: String) -> Self {
        Self { objects: Some(Arc::new(objects)), place, largest: LARGEST }
    }

    /// With another limit for the size of a file, in bytes.
    #[must_use]
    pub fn with_largest(self, largest: u64) -> Self {
        Self { largest, ..self }
    }

    fn objects(&self) -> Result<&Arc<dyn ObjectStore>> {
        let none = "This server has no place for attachments. Its operator gives it one with --attachments \
                    (PLATBOOK_ATTACHMENTS): a directory that all nodes share, or s3://bucket/prefix.";
        self.objects.as_ref().ok_or_else(|| Error::conflict(none))
    }

    /// Whether there is a place at all.
    pub(super) fn check(&self) -> Result<()> {
        self.objects().map(drop)
    }

    /// Writes an object. It is there when all of it came and passed the inspection, and not at all otherwise.
    pub(super) async fn write(
        &self,
        object: &str,
        inspector: Inspector,
        pieces: impl Stream<Item = Result<Bytes>> + Send,
    ) -> Result<Content> {
        let mut out = BufWriter::new(self.objects()?.clone(), Name::from(object));
        match copy(&mut out, inspector, pieces).await {
            Ok(content) => {
                out.shutdown().await.map_err(|error| self.out_of_reach(&error))?;
                Ok(content)
            }
            Err(Failure::Refused(error)) => {
                out.abort().await.ok();
                Err(error)
            }
            Err(Failure::Lost(error)) => {
                out.abort().await.ok();
                Err(self.out_of_reach(&error))
            }
        }
    }

    /// The content of an object, at most so many bytes from its beginning.
    pub(super) async fn read(
        &self,
        object: &str,
        most: Option<u64>,
    ) -> Result<BoxStream<'static, object_store::Result<Bytes>>> {
        let options = object_store::GetOptions { range: most.map(|most| (0..most).into()), ..Default::default() };
        match self.objects()?.get_opts(&Name::from(object), options).await {
            Ok(found) => Ok(found.into_stream()),
            Err(object_store::Error::NotFound { .. }) => {
                tracing::error!(object, place = self.place, "the file of an attachment is missing");
                Err(Error::not_found("The file of this attachment is missing from the storage of the server."))
            }
            Err(error) => Err(self.out_of_reach(&error)),
        }
    }

    /// Removes an object; one that is not there is no failure.
    pub(super) async fn remove(&self, object: &str) -> Result<()> {
        match self.objects()?.delete(&Name::from(object)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(self.out_of_reach(&error)),
        }
    }

    fn out_of_reach(&self, error: &dyn std::error::Error) -> Error {
        tracing::warn!(%error, place = self.place, "the storage of attachments fails");
        Error::Busy("The storage of attachments does not answer as it should. Try again later.".to_owned())
    }
}

impl fmt::Display for Storage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.place.fmt(f)
    }
}

/// Why a file was not written.
enum Failure {
    /// It breaks a rule, or did not come whole.
    Refused(Error),
    /// The storage failed.
    Lost(object_store::Error),
}

async fn copy(
    out: &mut BufWriter,
    mut inspector: Inspector,
    pieces: impl Stream<Item = Result<Bytes>> + Send,
) -> Result<Content, Failure> {
    let mut pieces = std::pin::pin!(pieces);
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(Failure::Refused)?;
        inspector.take(&piece).map_err(Failure::Refused)?;
        out.put(piece).await.map_err(Failure::Lost)?;
    }
    inspector.finish().map_err(Failure::Refused)
}

#[cfg(test)]
mod tests {
    use std::{
        net::TcpListener,
        process::{Child, Command, Stdio},
        time::Duration,
    };

    use futures_util::{TryStreamExt as _, stream};

    use super::{super::media_type::MediaType, *};

    #[test]
    fn a_place_that_can_not_be_is_refused_with_its_name() {
        let refused = |place: &str| Storage::parse(place).unwrap_err().to_string();
        assert_eq!(refused("s3://"), "s3:// can't hold attachments: it names no bucket");
        assert!(refused("/dev/null/files").starts_with("/dev/null/files can't hold attachments: "));
        assert_eq!(refused("gs://x"), "Attachments are kept in a directory, or in a bucket: s3://bucket/prefix");
    }

    /// A server that speaks S3, from Python's package `moto`.
    struct Moto(Child, u16);

    impl Drop for Moto {
        fn drop(&mut self) {
            self.0.kill().ok();
            self.0.wait().ok();
        }
    }

    impl Moto {
        /// `None` where it is not installed; `./test` does that.
        fn start() -> Option<Self> {
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            let mut command = Command::new("python3");
            command.args(["-m", "moto.server", "-H", "127.0.0.1", "-p", &port.to_string()]);
            let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().ok()?;
            for _ in 0..300 {
                if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
                    return Some(Self(child, port));
                }
                if child.try_wait().unwrap().is_some() {
                    return None;
                }
                std::thread::sleep(Duration::from_millis(100));
            }
            child.kill().ok();
            None
        }

        fn settings(&self) -> AmazonS3Builder {
            let builder = AmazonS3Builder::new().with_endpoint(format!("http://127.0.0.1:{}", self.1));
            builder.with_allow_http(true).with_access_key_id("a").with_secret_access_key("b").with_region("us-east-1")
        }
    }

    async fn write(storage: &Storage, object: &str, pieces: &[&'static [u8]]) -> Result<Content> {
        let inspector = Inspector::new(MediaType::of_name("a.txt")?, 20 << 20);
        storage.write(object, inspector, stream::iter(pieces.iter().map(|piece| Ok(Bytes::from_static(piece))))).await
    }

    async fn read(storage: &Storage, object: &str, most: Option<u64>) -> Result<Vec<u8>> {
        let pieces = storage.read(object, most).await?;
        Ok(pieces.try_fold(Vec::new(), async |all, piece| Ok([&all[..], &piece].concat())).await.unwrap())
    }

    #[tokio::test]
    async fn a_bucket_keeps_files_as_a_directory_does() {
        let moto = Moto::start().expect("a python3 with moto[server], which ./test installs");
        rustls::crypto::ring::default_provider().install_default().ok();
        let made = reqwest::Client::new().put(format!("http://127.0.0.1:{}/files", moto.1)).send().await.unwrap();
        assert!(made.status().is_success());
        let folder = tempfile::tempdir().unwrap();
        let bucket = Storage::bucket("files/of/ours", moto.settings()).unwrap();
        for storage in [bucket, Storage::directory(folder.path()).unwrap()] {
            assert_eq!(write(&storage, "a", &[b"abc", b"def"]).await.unwrap().size, 6);
            assert_eq!(read(&storage, "a", None).await.unwrap(), b"abcdef");
            assert_eq!(read(&storage, "a", Some(4)).await.unwrap(), b"abcd");
            assert_eq!(read(&storage, "a", Some(400)).await.unwrap(), b"abcdef");
            // So large that it goes out in several parts.
            let large: &'static [u8] = vec![b'x'; 6 << 20].leak();
            assert_eq!(write(&storage, "b", &[large, large]).await.unwrap().size, 12 << 20);
            assert_eq!(read(&storage, "b", None).await.unwrap().len(), 12 << 20);
            assert!(write(&storage, "c", &[large, large, b"\0"]).await.is_err());
            assert!(matches!(read(&storage, "c", None).await, Err(Error::NotFound(_))), "all or nothing");
            storage.remove("a").await.unwrap();
            storage.remove("a").await.unwrap();
            assert!(matches!(read(&storage, "a", None).await, Err(Error::NotFound(_))));
        }
        let elsewhere = Storage::bucket("nothing", moto.settings()).unwrap();
        let lost = write(&elsewhere, "a", &[b"abc"]).await.unwrap_err();
        assert!(matches!(lost, Error::Busy(_)), "{lost:?}");
    }
}
