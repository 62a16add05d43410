//! A random workspace, and how it changes from one run to the next.

use std::fmt::Write as _;

use ninefold::world::World;

/// The resources of a small workspace, and what varies in each.
#[derive(Debug, Clone)]
pub struct Program {
    networks: Vec<Network>,
    roles: Vec<Role>,
    notes: Vec<u64>,
}

#[derive(Debug, Clone)]
struct Network {
    /// Its name, so that removing one doesn't rename another.
    number: u64,
    region: &'static str,
    /// A change of it replaces the network and all that is in it.
    octet: u64,
    hostnames: bool,
    create_first: bool,
    subnets: Vec<(u64, bool)>,
    groups: Vec<Group>,
}

#[derive(Debug, Clone)]
struct Group {
    number: u64,
    port: u64,
    /// Whether it lets in the group before it.
    refers: bool,
}

#[derive(Debug, Clone)]
struct Role {
    number: u64,
    description: u64,
    path: bool,
}

const REGIONS: [&str; 2] = ["us-east-1", "eu-west-1"];

/// A random number as a position.
fn below(world: &World, bound: usize) -> usize {
    usize::try_from(world.random_below(bound as u64)).unwrap()
}

fn coin(world: &World) -> bool {
    world.random_below(2) == 0
}

impl Program {
    pub fn random(world: &World) -> Self {
        let networks = (0..1 + world.random_below(2)).map(|number| Network::random(world, number)).collect();
        let roles = (0..world.random_below(3))
            .map(|number| Role { number, description: world.random_below(3), path: coin(world) })
            .collect();
        let notes = (0..world.random_below(3)).collect();
        Self { networks, roles, notes }
    }

    /// Changes one thing, or a few.
    pub fn change(&mut self, world: &World) {
        for _ in 0..=world.random_below(3) {
            self.change_once(world);
        }
    }

    fn change_once(&mut self, world: &World) {
        match world.random_below(10) {
            0 => {
                let number = self.networks.iter().map(|network| network.number + 1).max().unwrap_or(0);
                if self.networks.len() < 3 {
                    self.networks.push(Network::random(world, number));
                }
            }
            1 if !self.networks.is_empty() => {
                self.networks.remove(below(world, self.networks.len()));
            }
            2 => {
                let number = self.roles.iter().map(|role| role.number + 1).max().unwrap_or(0);
                self.roles.push(Role { number, description: 0, path: false });
            }
            3 if !self.roles.is_empty() => {
                let position = below(world, self.roles.len());
                match world.random_below(3) {
                    0 => drop(self.roles.remove(position)),
                    1 => self.roles[position].path = !self.roles[position].path,
                    _ => self.roles[position].description += 1,
                }
            }
            4 => self.notes = (0..world.random_below(4)).collect(),
            _ if !self.networks.is_empty() => {
                let position = below(world, self.networks.len());
                self.networks[position].change(world);
            }
            _ => {}
        }
    }

    pub fn text(&self) -> String {
        let mut text = String::from("anchor: { kind: core.value, spec: { value: 1 } }\n");
        for network in &self.networks {
            network.write(&mut text);
        }
        for Role { number, description, path } in &self.roles {
            let path = if *path { "/team/" } else { "/" };
            let _ = write!(
                text,
                "role{number}:\n  kind: aws.iam.role\n  spec:\n    name: role{number}\n    path: {path}\n    description: \"{description}\"\n    assume_role_policy: {{ Version: \"2012-10-17\", Statement: [{{ Effect: Allow, Principal: {{ Service: ec2.amazonaws.com }}, Action: \"sts:AssumeRole\" }}] }}\n"
            );
        }
        for number in &self.notes {
            let reads = match (self.networks.first(), self.roles.first()) {
                (Some(network), _) if number % 2 == 0 => format!("vpc{}.id", network.number),
                (_, Some(role)) => format!("role{}.arn", role.number),
                _ => "anchor.value".to_owned(),
            };
            let _ = writeln!(
                text,
                "note{number}: {{ kind: core.value, spec: {{ value: \"{{{{ {reads} }}}}\" }} }}"
            );
        }
        text
    }
}

impl Network {
    fn random(world: &World, number: u64) -> Self {
        Self {
            number,
            region: REGIONS[below(world, 2)],
            octet: world.random_below(4),
            hostnames: coin(world),
            create_first: coin(world),
            subnets: (0..world.random_below(3)).map(|number| (number, coin(world))).collect(),
            groups: (0..world.random_below(3))
                .map(|number| Group { number, port: 80 + world.random_below(3), refers: coin(world) })
                .collect(),
        }
    }

    fn change(&mut self, world: &World) {
        match world.random_below(8) {
            0 => self.octet = world.random_below(4),
            1 => self.hostnames = !self.hostnames,
            2 => self.create_first = !self.create_first,
            3 => self.subnets = (0..world.random_below(4)).map(|number| (number, coin(world))).collect(),
            4 => self.region = REGIONS[below(world, 2)],
            5 => {
                let number = self.groups.iter().map(|group| group.number + 1).max().unwrap_or(0);
                self.groups.push(Group { number, port: 80, refers: coin(world) });
            }
            6 if !self.groups.is_empty() => {
                let position = below(world, self.groups.len());
                self.groups.remove(position);
            }
            _ => {
                for group in &mut self.groups {
                    group.port = 80 + world.random_below(3);
                    group.refers = coin(world);
                }
            }
        }
    }

    fn write(&self, text: &mut String) {
        let Network { number, region, octet, hostnames, .. } = self;
        let order = if self.create_first { "create_first" } else { "delete_first" };
        let net = 10 * number + octet;
        let _ = write!(
            text,
            "vpc{number}:\n  kind: aws.ec2.vpc\n  region: {region}\n  replace: {order}\n  spec: {{ cidr_block: 10.{net}.0.0/16, enable_dns_hostnames: {hostnames} }}\n"
        );
        for (subnet, public) in &self.subnets {
            let _ = write!(
                text,
                "subnet{number}_{subnet}:\n  kind: aws.ec2.subnet\n  region: {region}\n  replace: {order}\n  spec: {{ vpc_id: \"{{{{ vpc{number}.id }}}}\", cidr_block: 10.{net}.{subnet}.0/24, map_public_ip_on_launch: {public} }}\n"
            );
        }
        let mut before: Option<u64> = None;
        for Group { number: group, port, refers } in &self.groups {
            let source = match before {
                Some(before) if *refers => {
                    format!("referenced_group_id: \"{{{{ group{number}_{before}.id }}}}\"")
                }
                _ => "cidr_ipv4: 10.0.0.0/8".to_owned(),
            };
            let _ = write!(
                text,
                "group{number}_{group}:\n  kind: aws.ec2.security_group\n  region: {region}\n  spec:\n    group_name: group{number}-{group}\n    description: a group\n    vpc_id: \"{{{{ vpc{number}.id }}}}\"\n    ingress: [{{ ip_protocol: tcp, from_port: {port}, to_port: {port}, {source} }}]\n"
            );
            before = Some(*group);
        }
    }
}
