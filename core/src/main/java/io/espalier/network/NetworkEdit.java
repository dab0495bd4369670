package io.espalier.network;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A network in the making. Not thread-safe; {@link #build} checks what came out. */
public final class NetworkEdit {

    private final Network original;
    private final List<Node> nodes;
    private String output;

    NetworkEdit(Network original) {
        this.original = original;
        this.nodes = new ArrayList<>(original.nodes());
        this.output = original.output();
    }

    /** A node as it is by now. */
    Node node(String name) {
        return nodes.get(indexOf(name));
    }

    /** Puts a node in the place of the one of the same name. */
    public NetworkEdit replace(Node node) {
        nodes.set(indexOf(node.name()), node);
        return this;
    }

    /** Puts nodes in the place of one node; whoever read that one goes on reading its name. */
    public NetworkEdit replace(String name, Node... others) {
        int index = indexOf(name);
        nodes.remove(index);
        nodes.addAll(index, Arrays.asList(others));
        return this;
    }

    /** Adds a node at the end. */
    public NetworkEdit add(Node node) {
        nodes.add(node);
        return this;
    }

    /** Takes a node of one input out; whoever read it reads its input. */
    public NetworkEdit bypass(String name) {
        Node gone = nodes.remove(indexOf(name));
        if (gone.inputs().size() != 1) {
            throw new IllegalArgumentException("layer '" + name + "' has " + gone.inputs().size() + " inputs and cannot be bypassed");
        }
        String before = gone.inputs().get(0);
        nodes.replaceAll(n -> n.inputs().contains(name)
                ? n.reading(n.inputs().stream().map(i -> i.equals(name) ? before : i).toList())
                : n);
        if (output.equals(name)) {
            output = before;
        }
        return this;
    }

    /** Takes a node out that nothing may read. */
    public NetworkEdit remove(String name) {
        nodes.remove(indexOf(name));
        return this;
    }

    public NetworkEdit output(String name) {
        output = name;
        return this;
    }

    private int indexOf(String name) {
        for (int i = 0; i < nodes.size(); i++) {
            if (nodes.get(i).name().equals(name)) {
                return i;
            }
        }
        throw new IllegalArgumentException("the network has no layer '" + name + "'");
    }

    /** @throws IllegalArgumentException when a node reads one that is not there, names clash or there is a cycle */
    public Network build() {
        return new Network(original.input(), output, nodes, original.preprocessing(), original.classes());
    }
}
