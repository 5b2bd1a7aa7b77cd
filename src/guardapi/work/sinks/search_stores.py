"""Search engines: Elasticsearch, OpenSearch, Solr, Meilisearch, Whoosh.

A search answers ten hits unless it is told how many. Facts: `limit` as for queries, `window` (the most that the server
gives in one answer; 10,000 unless its settings were changed), `of` (the index, where it is written out).
"""

from typing import Final

from guardapi.sink import Kind, Role, WorkClass
from guardapi.work.flow import NOTHING, Flow
from guardapi.work.queries import amount_inputs
from guardapi.work.specs import Facts, Invocation, Spec

CLIENTS: Final = (
    "{elasticsearch.**Elasticsearch(),elasticsearch.AsyncElasticsearch(),opensearchpy.**OpenSearch(),"
    "opensearchpy.AsyncOpenSearch(),flask_elasticsearch.FlaskElasticsearch(),"
    "elasticsearch5.Elasticsearch(),elasticsearch6.Elasticsearch(),elasticsearch7.Elasticsearch()}"
)
WINDOW: Final = 10_000


def _index(call: Invocation) -> str:
    name = call.constant("index", "index_name")
    return name if isinstance(name, str) else "an index"


def _size(call: Invocation) -> Flow:
    """The number of hits, as an argument or in the body."""
    given = call.argument("size", "rows", "hits_per_page", "limit")
    body = call.argument("body", 0)
    if given is None and body is not None and body.fields is not None:
        given = body.fields.get("size")
    if given is None and (options := call.argument("opt_params", "params")) is not None and options.fields:
        given = options.fields.get("limit") or options.fields.get("size")
    return given or NOTHING


def _searched(call: Invocation) -> Facts | None:
    size = _size(call)
    free = [found for found in amount_inputs(size) if found.kind in {"amount", "text"}]
    if free:
        call.run.sink(
            Kind.PAGE,
            WorkClass.DATA,
            f"{call.path.rpartition('.')[2]}(size=)",
            call.node,
            inputs=free,
            facts={"of": _index(call), "library": "search", "window": WINDOW},
        )
    return {"of": _index(call), "library": "search", "limit": "caller" if free else "some", "window": WINDOW}


def _scanned(call: Invocation) -> Facts | None:
    if call.path.endswith(".scroll"):
        return {"of": "an index", "library": "search", "limit": "some"}  # the next page
    query = call.argument("query", 1)
    narrowed = "not" if query is None or query.value is None else "unknown"
    return {
        "of": _index(call),
        "library": "search",
        "narrowed": narrowed,
        "limit": "none",
        "kind": Kind.WHOLE_TABLE if narrowed == "not" else Kind.SCAN,
    }


def _indexed(call: Invocation) -> Facts | None:
    return {"of": _index(call), "library": "search", "operation": "insert"}


SINKS = (
    Spec(
        kind=Kind.QUERY,
        work=WorkClass.DATA,
        names=(
            f"{CLIENTS}.{{search,msearch,count,field_caps,search_template,suggest,sql.query,esql.query}}",
            f"{CLIENTS}.{{sql,eql,async_search,esql}}.*",
            "{elasticsearch_dsl,opensearch_dsl,opensearchpy.helpers.search,elasticsearch.dsl}.**Search().**.{execute,count}",
            "{elasticsearch_dsl,opensearch_dsl,elasticsearch.dsl}.**Search().{execute,count}",
            "pysolr.Solr().{search,more_like_this}",
            "meilisearch.Client().index().search",
            "algoliasearch.**.search",
            "whoosh.**.searcher().search",
            "typesense.Client().collections[].documents.search",
        ),
        roles={Role.TEXT: ("q", "query", "body", 0)},
        inspect=_searched,
    ),
    Spec(
        kind=Kind.SCAN,
        work=WorkClass.DATA,
        names=(
            "{elasticsearch,opensearchpy}.helpers.{,**}scan",
            f"{CLIENTS}.scroll",
            "{elasticsearch_dsl,opensearch_dsl,elasticsearch.dsl}.**.scan",
        ),
        inspect=_scanned,
    ),
    Spec(
        kind=Kind.KEYED_READ,
        work=WorkClass.LIGHT,
        names=(f"{CLIENTS}.{{get,exists,get_source,mget}}",),
        roles={Role.TEXT: ("id",)},
    ),
    Spec(
        kind=Kind.WRITE,
        work=WorkClass.DATA,
        names=(
            f"{CLIENTS}.{{index,create,update,delete,bulk,delete_by_query,update_by_query,reindex}}",
            "{elasticsearch,opensearchpy}.helpers.{bulk,parallel_bulk,streaming_bulk}",
            "pysolr.Solr().{add,delete,commit}",
            "meilisearch.Client().index().{add_documents,update_documents,delete_document}",
        ),
        roles={Role.DATA: ("body", "document", "actions", "doc")},
        inspect=_indexed,
    ),
)
