//! Long lists, read page by page.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream};
use futures_util::{Stream, StreamExt as _};

use crate::error::Result;
use crate::meta::Answer;
use crate::options::ReadOptions;

/// The items of a list, of which a page is read whenever the one before is used up.
///
/// What is made or removed meanwhile may be in it or not. The first error is its last item.
pub struct Items<T>(BoxStream<'static, Result<T>>);

impl<T> fmt::Debug for Items<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Items")
    }
}

impl<T> Stream for Items<T> {
    type Item = Result<T>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_next_unpin(context)
    }
}

impl<T: Send + 'static> Items<T> {
    /// Reads any list that takes [`ReadOptions`]: `read` gets `subject` and the options of each page.
    pub fn new<S, F>(subject: S, options: &ReadOptions, read: F) -> Self
    where
        S: Send + Sync + 'static,
        F: for<'a> Fn(&'a S, ReadOptions) -> BoxFuture<'a, Result<Answer<Vec<T>>>> + Send + Sync + 'static,
    {
        let pages = Pages { subject, read, options: options.clone(), next: Next::Page(options.page_token()) };
        let items = stream::unfold((pages, VecDeque::new()), |(mut pages, mut page)| async move {
            let item = pages.item(&mut page).await?;
            Some((item, (pages, page)))
        });
        Self(items.boxed())
    }
}

enum Next {
    Page(Option<String>),
    End,
}

struct Pages<S, F> {
    subject: S,
    read: F,
    options: ReadOptions,
    next: Next,
}

impl<S, F> Pages<S, F> {
    async fn item<T>(&mut self, page: &mut VecDeque<T>) -> Option<Result<T>>
    where
        F: for<'a> Fn(&'a S, ReadOptions) -> BoxFuture<'a, Result<Answer<Vec<T>>>>,
    {
        loop {
            if let Some(item) = page.pop_front() {
                return Some(Ok(item));
            }
            let Next::Page(token) = std::mem::replace(&mut self.next, Next::End) else { return None };
            match (self.read)(&self.subject, self.options.clone().at_page(token.clone())).await {
                Ok(answer) => {
                    *page = answer.value.into();
                    // A page that is followed by itself would be read for ever.
                    let next = answer.meta.next_token.filter(|next| Some(next) != token.as_ref());
                    self.next = next.map_or(Next::End, |next| Next::Page(Some(next)));
                }
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use futures_util::StreamExt as _;

    use super::Items;
    use crate::error::Result;
    use crate::meta::{Answer, Meta};
    use crate::options::ReadOptions;
    use crate::transport::Request;

    type Asked = Arc<Mutex<Vec<String>>>;

    /// The items of a list of these pages, each of which names the next.
    async fn items(options: &ReadOptions, pages: &'static [(&[u8], Option<&str>)]) -> (Vec<Result<u8>>, Vec<String>) {
        let asked = Asked::default();
        let items = Items::new((Arc::clone(&asked), pages), options, |(asked, pages), read| {
            Box::pin(async move {
                let request = read.apply(Request::get("/v1/jobs", [])?);
                let number = {
                    let mut asked = asked.lock().unwrap();
                    asked.push(request.query.clone());
                    asked.len() - 1
                };
                let (value, next) = pages.get(number).ok_or_else(|| request.refused("no such page"))?;
                let meta = Meta { next_token: next.map(ToOwned::to_owned), ..Meta::default() };
                Ok(Answer { value: value.to_vec(), meta })
            })
        });
        let items = items.collect().await;
        let asked = asked.lock().unwrap().clone();
        (items, asked)
    }

    fn values(items: Vec<Result<u8>>) -> Vec<u8> {
        items.into_iter().map(Result::unwrap).collect()
    }

    #[tokio::test]
    async fn t13_pages_are_followed_to_the_last() {
        let (found, asked) = items(&ReadOptions::new(), &[(&[1, 2], Some("b")), (&[], Some("c")), (&[3], None)]).await;
        assert_eq!(values(found), [1, 2, 3]);
        assert_eq!(asked, ["per_page=500", "per_page=500&next_token=b", "per_page=500&next_token=c"]);
        let options = ReadOptions::new().with_page(2, Some("x".to_owned()));
        let (found, asked) = items(&options, &[(&[1], None)]).await;
        assert_eq!((values(found), asked), (vec![1], vec!["per_page=2&next_token=x".to_owned()]));
    }

    #[tokio::test]
    async fn a_page_that_names_itself_is_the_last() {
        let (found, asked) = items(&ReadOptions::new(), &[(&[1], Some("a")), (&[2], Some("a"))]).await;
        assert_eq!((values(found), asked.len()), (vec![1, 2], 2));
    }

    #[tokio::test]
    async fn an_error_is_the_last_item() {
        let (found, _) = items(&ReadOptions::new(), &[(&[1], Some("a"))]).await;
        assert!(matches!(found[..], [Ok(1), Err(_)]), "{found:?}");
    }
}
