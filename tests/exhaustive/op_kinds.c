#include "tests/exhaustive/op_kinds.h"

const struct op_kind op_kinds[] = {
    {
        OP_CREATE,
        "",
        "create c1 size=2048\ncreate c2 size=2048 flags=RED_ZONE\ncreate c3 size=200\n",
    },
    {
        OP_DESTROY,
        "create c1 size=2048\n"
        "create c2 size=2048\n"
        "create c3 size=200\n"
        "alloc c1 o1\n"
        "alloc c1 o2\nfree o1\nfree o2\n",
        "destroy c1\ndestroy c2\ndestroy c3\n",
    },
    {
        OP_ALLOC,
        "alloc c0 o1\n",
        "alloc c0 o10\nalloc c0 o11\nalloc c0 o12\n",
    },
    {
        OP_ZALLOC,
        "alloc c0 o1\n",
        "zalloc c0 o10\nzalloc c0 o11\nzalloc c0 o12\n",
    },
    {
        OP_FREE,
        "alloc c0 o10\n"
        "alloc c0 o11\n"
        "alloc c0 o12\nalloc c0 o13\nalloc c0 o14\n",
        "free o10\nfree o11\nfree o12\n",
    },
    {
        OP_BULK_ALLOC,
        "alloc c0 o1\n",
        "bulk_alloc c0 o10 count=2\nbulk_alloc c0 o12 count=3\nbulk_alloc c0 o15 count=2\n",
    },
    {
        OP_BULK_FREE,
        "alloc c0 o10\n"
        "alloc c0 o11\n"
        "alloc c0 o12\nalloc c0 o13\nalloc c0 o14\n",
        "bulk_free c0 o10 count=2\nbulk_free c0 o12 count=2\nbulk_free c0 o14 count=1\n",
    },
    {
        OP_SHRINK,
        "alloc c0 o1\n"
        "alloc c0 o2\n"
        "alloc c0 o3\nfree o1\nfree o2\n",
        "shrink c0\nshrink c0\nshrink c0\n",
    },
    {
        OP_FLUSH,
        "alloc c0 o1\n"
        "alloc c0 o2\nalloc c0 o3\nfree o1\n",
        "flush c0 cpu=0\nflush c0 cpu=1\nflush c0 cpu=0\n",
    },
    {
        OP_KMALLOC,
        "kmalloc o1 size=2000\n",
        "kmalloc o10 size=2000\nkmalloc o11 size=2000\nkmalloc o12 size=2000\n",
    },
    {
        OP_KZALLOC,
        "kmalloc o1 size=2000\n",
        "kzalloc o10 size=2000\nkzalloc o11 size=2000\nkzalloc o12 size=2000\n",
    },
    {
        OP_KCALLOC,
        "kmalloc o1 size=2000\n",
        "kcalloc o10 count=20 size=100\n"
        "kcalloc o11 count=100 size=20\n"
        "kcalloc o12 count=2 size=1000\n",
    },
    {
        OP_KREALLOC,
        "kmalloc o10 size=1000\nkmalloc o11 size=2000\nkmalloc o12 size=1000\n",
        "krealloc o10 size=2000\nkrealloc o11 size=1000\nkrealloc o12 size=2000\n",
    },
    {
        OP_KFREE,
        "kmalloc o10 size=2000\n"
        "kmalloc o11 size=2000\n"
        "kmalloc o12 size=2000\nkmalloc o13 size=2000\nkmalloc o14 size=2000\n",
        "kfree o10\nkfree o11\nkfree o12\n",
    },
    {
        OP_KSIZE,
        "kmalloc o10 size=2000\nkmalloc o11 size=5000\nkmalloc o12 size=2000\n",
        "ksize o10\nksize o11\nksize o12\n",
    },
    {
        OP_QUARANTINE_PURGE,
        "alloc c0 o1\n"
        "alloc c0 o2\n"
        "free o1\n",
        "quarantine_purge c0\n"
        "free o2\n"
        "quarantine_purge c0\n",
    },
    {
        OP_FAILSLAB,
        "",
        "failslab probability=100 interval=0 times=63 space=0 wait=1 filter=0\n"
        "failslab probability=50 interval=2 times=1 space=9 wait=0 filter=1\n"
        "failslab probability=0 interval=0 times=0 space=0 wait=0 filter=0\n",
    },
    {
        OP_FAIL_PAGES,
        "",
        "fail_pages probability=100 interval=0 times=63 space=0 wait=1 order_min=0\n"
        "fail_pages probability=50 interval=2 times=1 space=9 wait=0 order_min=1\n"
        "fail_pages probability=0 interval=0 times=0 space=0 wait=0 order_min=0\n",
    },
    {
        OP_FAIL_NTH,
        "",
        "fail_nth nth=2 pages=0\nfail_nth nth=1 pages=1\nfail_nth nth=0 pages=0\n",
    },
    {
        OP_FAIL_BOOT,
        "",
        "fail_boot probability=100 interval=1 times=63 space=0 pages=0\n"
        "fail_boot probability=101 interval=1 times=63 space=2 pages=1\n"
        "fail_boot probability=0 interval=0 times=0 space=0 pages=0\n",
    },
    {
        OP_MARK_FAILING,
        "alloc c0 o1\n",
        "mark_failing c0 on=1\nmark_failing c0 on=0\nmark_failing c0 on=1\n",
    },
    {
        OP_STAT_CLEAR,
        "alloc c0 o1\n",
        "stat_clear c0 item=1\nstat_clear c0 item=8\nstat_clear c0 item=1\n",
    },
    {
        OP_STAT_READ,
        "alloc c0 o1\n",
        "stat_read c0 item=1 size=8\nstat_read c0 item=8 size=2\nstat_read c0 item=1 size=0\n",
    },
    {
        OP_CENSUS,
        "alloc c0 o1\nalloc c0 o2\nalloc c0 o3\nfree o1\n",
        "census c0\ncensus c0\ncensus c0\n",
    },
    {
        OP_PAGES,
        "",
        "pages o10 order=0\npages o11 order=1\npages o12 order=0\n",
    },
    {
        OP_FREE_PAGES,
        "pages o10 order=0\npages o11 order=0\npages o12 order=1\n",
        "free_pages o10\nfree_pages o11\nfree_pages o12\n",
    },
    {
        OP_PAGES_COMP,
        "",
        "pages_comp o10 order=0\npages_comp o11 order=1\npages_comp o12 order=0\n",
    },
    {
        OP_GET_PAGE,
        "pages o1 order=1\n",
        "get_page o10 o1\nget_page o11 o10\nget_page o12 o1\n",
    },
    {
        OP_PUT_PAGE,
        "pages_comp o10 order=1\n"
        "get_page o11 o10\npages o13 order=0\nget_page o12 o13\n",
        "put_page o10\nput_page o11\nput_page o12\n",
    },
    {
        OP_PAGES_EXACT,
        "",
        "pages_exact o10 size=4096\npages_exact o11 size=9000\npages_exact o12 size=100\n",
    },
    {
        OP_FREE_EXACT,
        "pages_exact o10 size=4096\npages_exact o11 size=9000\npages_exact o12 size=100\n",
        "free_exact o10\nfree_exact o11\nfree_exact o12\n",
    },
    {
        OP_PAGES_BULK,
        "",
        "pages_bulk o10 count=1\npages_bulk o10 count=3\npages_bulk o13 count=2\n",
    },
    {
        OP_DRAIN_PAGES,
        "pages o1 order=0\n"
        "free_pages o1\n",
        "drain_pages\n"
        "drain_pages\n"
        "drain_pages\n",
    },
    {
        OP_FREE_PAGES_BULK,
        "pages_bulk o10 count=5\n",
        "free_pages_bulk o10 count=2\nfree_pages_bulk o12 count=1\nfree_pages_bulk o13 count=2\n",
    },
    {
        OP_FRAGS,
        "",
        "frags o10 size=2000 count=1\nfrags o11 size=3000 count=2\nfree_frags o10 count=1\n",
    },
    {
        OP_FREE_FRAGS,
        "frags o10 size=1000 count=4\n",
        "free_frags o10 count=2\nfree_frags o12 count=2\ndrain_frags set=0\n",
    },
    {
        OP_VALIDATE,
        "alloc c0 o1\n"
        "alloc c0 o2\nalloc c0 o3\nfree o2\n",
        "validate c0\nvalidate c0\nvalidate c0\n",
    },
    {
        OP_FAIL_PAGE,
        "",
        "fail_page nth=1\nfail_page nth=2\nfail_page nth=0\n",
    },
    {
        OP_CACHE_SIZE,
        "",
        "cache_size c0\ncache_size c0\ncache_size c0\n",
    },
    {
        OP_VALIDATE_KMALLOC,
        "kmalloc o1 size=2000\n",
        "validate_kmalloc\nvalidate_kmalloc\nvalidate_kmalloc\n",
    },
    {
        OP_FLUSH_KMALLOC,
        "kmalloc o1 size=2000\nkmalloc o2 size=2000\nkfree o1\n",
        "flush_kmalloc cpu=0\nflush_kmalloc cpu=1\nflush_kmalloc cpu=0\n",
    },
    {
        OP_KFREE_BULK,
        "kmalloc o10 size=2000\n"
        "kmalloc o11 size=2000\n"
        "kmalloc o12 size=2000\nkmalloc o13 size=2000\nkmalloc o14 size=2000\n",
        "kfree_bulk o10 count=2\nkfree_bulk o12 count=2\nkfree_bulk o14 count=1\n",
    },
    {
        OP_KFREE_NULL,
        "",
        "kfree_null\nkfree_null\nkfree_null\n",
    },
    {
        OP_ALLOC_NOLOCK,
        "alloc c0 o1\n",
        "alloc_nolock c0 o10\nalloc_nolock c0 o11\nalloc_nolock c0 o12\n",
    },
    {
        OP_FREE_NOLOCK,
        "alloc c0 o10\n"
        "alloc c0 o11\n"
        "alloc c0 o12\nalloc c0 o13\nalloc c0 o14\n",
        "free_nolock o10\nfree_nolock o11\nfree_nolock o12\n",
    },
    {
        OP_RCU_LOCK,
        "",
        "rcu_lock\nrcu_unlock\nrcu_lock\n",
    },
    {
        OP_RCU_UNLOCK,
        "rcu_lock\n"
        "kmalloc o1 size=2000\nrcu_lock\nfree_rcu o1\n",
        "rcu_unlock\nrcu_unlock\nrcu_lock\n",
    },
    {
        OP_GRACE,
        "kmalloc o1 size=2000\n"
        "kmalloc o10 size=2000\n"
        "kmalloc o2 size=2000\nfree_rcu o1\nfree_rcu o2\n",
        "grace\nfree_rcu o10\ngrace\n",
    },
    {
        OP_FREE_RCU,
        "alloc c0 o10\nkmalloc o11 size=2000\nalloc c0 o12\n",
        "free_rcu o10\nfree_rcu o11\nfree_rcu o12\n",
    },
    {
        OP_KMALLOC_GFP,
        "kmalloc_gfp o1 size=2000 family=4\n",
        "kmalloc_gfp o10 size=2000 family=4\n"
        "kmalloc_gfp o11 size=2000 caller=3\n"
        "kmalloc_gfp o12 size=2000 family=1 zero=1\n",
    },
    {
        OP_KREALLOC_ALIGN,
        "kmalloc o10 size=1000\nkmalloc o11 size=2000\nkmalloc o12 size=1000\n",
        "krealloc_align o10 size=900 align_log2=12\n"
        "krealloc_align o11 size=2000 align_log2=12 family=2\n"
        "krealloc_align o12 size=2000 align_log2=3\n",
    },
    {
        OP_ALLOC_ACCOUNT,
        "alloc c0 o1\n",
        "alloc_account c0 o10\nalloc_account c0 o11\nalloc_account c0 o12\n",
    },
    {
        OP_ALLOC_NODE,
        "alloc c0 o1\n",
        "alloc_node c0 o10 node=0\n"
        "alloc_node c0 o11 node=0 thisnode=1\n"
        "alloc_node c0 o12 node=0\n",
    },
    {
        OP_KMALLOC_NODE,
        "kmalloc o1 size=2000\n",
        "kmalloc_node o10 size=2000 node=0\n"
        "kmalloc_node o11 size=2000 node=0 thisnode=1\n"
        "kmalloc_node o12 size=9000 node=0\n",
    },
    {
        OP_PAGES_NODE,
        "",
        "pages_node o10 order=0 node=0\n"
        "pages_node o11 order=1 node=0 thisnode=1\n"
        "pages_node o12 order=0 node=1\n",
    },
    {
        OP_NODE_OFFLINE,
        "alloc c0 o1\n",
        "node_offline node=1\n"
        "alloc_node c0 o10 node=1\n"
        "node_offline node=1\n",
    },
    {
        OP_NODE_ONLINE,
        "node_offline node=1\n",
        "node_online node=1\n"
        "alloc_node c0 o10 node=1\n"
        "node_online node=1\n",
    },
    {
        OP_BALANCE,
        "alloc c0 o1\n",
        "balance node=0\n"
        "pages o10 order=0\n"
        "balance node=1\n",
    },
    {
        OP_OFFLINE,
        "alloc c0 o1\n"
        "alloc c0 o2\nalloc c0 o3\nfree o1\n",
        "offline cpu=1\nonline cpu=1\noffline cpu=1\n",
    },
    {
        OP_SLABINFO,
        "alloc c0 o1\nalloc c0 o2\nfree o1\n",
        "slabinfo c0\nslabinfo c0\nslabinfo c0\n",
    },
    {
        OP_TRACES,
        "alloc c0 o1\nalloc c0 o2\nfree o1\n",
        "traces c0\ntraces c0 frees=1\ntraces c0 room=30\n",
    },
    {
        OP_ATTRIBUTE,
        "alloc c0 o1\nalloc c0 o2\nfree o1\n",
        "attribute c0 which=10\nattribute c0 which=13\nattribute c0 which=14\n",
    },
    {
        OP_PAGES_TYPE,
        "pages_type o1 order=0 type=0\n",
        "pages_type o10 order=1 type=1\npages_type o11 order=1 type=2 urgency=2\n"
        "pages_type o12 order=0 type=0 urgency=1\n",
    },
    {
        OP_ISOLATE,
        "pages o1 order=0\n",
        "isolate first=0 pages=1\nunisolate first=0 pages=1\nisolate first=2 pages=4\n",
    },
    {
        OP_CONTIG_ALLOC,
        "",
        "contig_alloc o10 first=3 pages=2\ncontig_alloc o11 first=6 pages=3\ncontig_free o10\n",
    },
    {
        OP_KFREE_SENSITIVE,
        "kmalloc o10 size=1000\nkmalloc o11 size=2000\nkmalloc o12 size=2000\n",
        "krealloc_array o10 count=4 size=500\nkfree_sensitive o11\nkfree_sensitive o12\n",
    },
    {
        OP_KVMALLOC,
        "",
        "kvmalloc o10 size=2000\nkvmalloc o11 size=9000 zero=1\nkvmalloc o12 size=2000\n",
    },
    {
        OP_KVMALLOC_ARRAY,
        "",
        "kvmalloc_array o10 count=10 size=200\nkvmalloc_array o11 count=3 size=4000\n"
        "kvmalloc_array o12 count=2 size=1000\n",
    },
    {
        OP_KVREALLOC,
        "kvmalloc o10 size=2000\nfail_page nth=1\nkvmalloc o11 size=9000\n",
        "kvrealloc o10 size=9000\nkvrealloc o11 size=5000\nkvrealloc o12 size=100 zero=1\n",
    },
    {
        OP_KVFREE,
        "kvmalloc o10 size=2000\nfail_page nth=1\nkvmalloc o11 size=9000\n"
        "kvmalloc o12 size=9000\n",
        "kvfree o10\nkvfree o11\nkvfree o12\n",
    },
    {
        OP_KFREE_NOLOCK,
        "kmalloc o10 size=2000\nkmalloc o11 size=2000\nkmalloc o12 size=2000\n",
        "kfree_nolock o10\nkmalloc_nolock o13 size=2000\nkfree_nolock o11\n",
    },
    {
        OP_BUCKETS_ALLOC,
        "",
        "buckets_create set=0\n"
        "buckets_alloc o10 size=2000 set=0\nbuckets_alloc o11 size=2000 set=0\n",
    },
    {
        OP_POOL_ALLOC,
        "pool_create_sized size=200 pool=0 pages=0 count=2\n",
        "pool_alloc o10 pool=0 wait=1 reserved=1\npool_alloc o11 pool=0 wait=0 reserved=0\n"
        "pool_alloc o12 pool=0 wait=1 reserved=1\n",
    },
    {
        OP_POOL_FREE,
        "pool_create_sized size=200 pool=0 pages=0 count=2\n"
        "pool_alloc o10 pool=0 wait=1 reserved=1\npool_alloc o11 pool=0 wait=1 reserved=0\n"
        "pool_alloc o12 pool=0 wait=1 reserved=0\n",
        "pool_free o10\npool_free o11\npool_free o12\n",
    },
    {
        OP_POOL_RESIZE,
        "pool_create_sized size=200 pool=0 pages=0 count=2\n",
        "pool_resize count=1 pool=0\npool_resize count=3 pool=0\npool_resize count=0 pool=0\n",
    },
    {
        OP_STORE,
        "alloc c0 o1\nalloc c0 o2\nfree o1\n",
        "store c0 number=1 which=20\nstore c0 number=0 which=20\nstore c0 number=1 which=21\n",
    },
    {
        OP_CREATE_ARGS,
        "",
        "create_args c1 size=2048\ncreate_args c2 size=64 ctor=1 use_freeptr=1 freeptr=12\n"
        "create_args c3 size=2048 flags=TYPESAFE_BY_RCU\n",
    },
    {
        OP_CREATE_USERCOPY,
        "",
        "create_usercopy c1 size=2048 useroffset=16 usersize=64\n"
        "create_usercopy c2 size=2048 usersize=64 flags=RED_ZONE\n"
        "create_usercopy c3 size=2048\n",
    },
    {
        OP_DESCRIBE,
        "alloc c0 o1\nkmalloc o11 size=2000\nkfree o11\n",
        "describe o1\ndescribe o11 offset=9\ndescribe o1 offset=5 room=20\n",
    },
    {
        OP_READ_FREED,
        "create_args c1 size=2048 flags=TYPESAFE_BY_RCU\nalloc c1 o10\n",
        "rcu_lock\nfree o10\nread_freed o10\n",
    },
    {
        OP_USERCOPY_CHECK,
        "create_usercopy c1 size=2048 usersize=1000\nalloc c1 o10\nkmalloc o11 size=2000\n",
        "usercopy_check o10 size=1000\nusercopy_check o11 size=1000\n"
        "usercopy_check o11 size=2000\n",
    },
};

const size_t op_kinds_count = sizeof(op_kinds) / sizeof(op_kinds[0]);
