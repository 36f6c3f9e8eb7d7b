"""The spanning tree: each node's way to the root, along lanes and, last, through the ladder of the top node.

Prices differ by the lane's cost along each lane of the tree, and a top node has the price at which its next kg goes
out. Every node can send some metal to the root: a lane of the tree that points away from the root carries metal, one
that points to it has room. Ties are broken so that this stays true, and then the same tree never comes back (Cunningham
1976, Mathematical Programming 11).
"""

from agents.rule import rule
from model.market.network import lane
from model.market.whole import FAR


@rule
def plant(nodes, price, line, gate, back):
    """Hang each market on the root and each origin on the market where its metal would fetch most.

    `line` takes the nodes of the tree, parents before children; origins without a lane stay out.

    Returns:
        The number of nodes in the tree.
    """
    n_o, root = gate.shape[0] - 1, nodes.size - 1
    n = 0
    for z in range(n_o, root):
        nodes[z].parent, price[z], line[n] = root, back[n_o, z - n_o], z
        n += 1
    for o in range(n_o):
        nodes[o].parent, price[o] = root, -FAR
        for z in range(n_o, root):
            if gate[o, z - n_o] < FAR and price[z] - gate[o, z - n_o] > price[o]:
                nodes[o].parent, price[o] = z, price[z] - gate[o, z - n_o]
        if nodes[o].parent == root:
            price[o] = 0
        else:
            line[n] = o
            n += 1
    return n


@rule
def meeting(u, v, nodes, turn):
    """Return the first node that the ways from two nodes to the root share."""
    root = nodes.size - 1
    nodes[root].seen = turn
    while u != root:
        nodes[u].seen = turn
        u = nodes[u].parent
    while nodes[v].seen != turn:
        v = nodes[v].parent
    return v


@rule
def rehang(cut, new, parent, nodes, line, n, spare):
    """Take off the subtree under `cut` and hang it back by its node `new` on another parent."""
    n_kept = n_lost = 0
    for i in range(n):
        z = line[i]
        lost = (z == cut) | (nodes[nodes[z].parent].lost == 1)
        nodes[z].lost = lost
        line[n_kept], spare[n_lost] = z, z
        n_kept, n_lost = n_kept + (not lost), n_lost + lost
    z, last = new, -1
    while last != cut:  # the way from `new` to `cut` turns round
        above, nodes[z].parent, nodes[z].lost = nodes[z].parent, parent, 0
        line[n_kept] = z
        n_kept += 1
        z, parent, last = above, z, z
    for i in range(n_lost):
        line[n_kept] = spare[i]
        n_kept += nodes[spare[i]].lost
        nodes[spare[i]].lost = 0


@rule
def put_node_prices(nodes, price, line, n, cost):
    """Write the price of every node of the tree, from the top nodes down."""
    n_o = cost.shape[0] - 1
    for i in range(n):
        z = line[i]
        above = nodes[z].parent
        o, d, ahead = lane(z, above, n_o)
        usd = cost[o, d]
        price[z] = price[above] + (-usd if ahead else usd)
